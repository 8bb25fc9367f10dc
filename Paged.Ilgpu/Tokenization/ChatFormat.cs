namespace Paged.Ilgpu.Tokenization;

/// <summary>How a prompt is put to the model.</summary>
public enum ChatTemplateKind
{
    /// <summary>As the checkpoint's own chat_template or its folder's name says.</summary>
    Auto,

    /// <summary>As a turn of Llama 3's dialog, for instruct models.</summary>
    Llama3,

    /// <summary>As a text to be continued, for base models.</summary>
    None,
}

/// <summary>One turn of a dialog.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c> or <c>assistant</c>.</param>
/// <param name="Text">What is said; white space around it is left out, as in the published format.</param>
public readonly record struct ChatTurn(string Role, string Text);

/// <summary>Turns prompts into the ids that a model is given: a text to continue, or a dialog that waits for the assistant.</summary>
/// <remarks>
/// Llama 3's dialog as Meta publishes it ("Meta Llama 3, model cards and prompt formats"): begin_of_text, then for each turn
/// start_header, role, end_header, two line ends, text, eot, and at last the assistant's header. The control ids are set by number,
/// so nothing that a user writes can become one.
/// </remarks>
public sealed class ChatFormat
{
    private readonly ITokenizer _tokenizer;
    private readonly int _startHeaderId;
    private readonly int _endHeaderId;
    private readonly int _endOfTurnId;

    private ChatFormat(ITokenizer tokenizer, bool isDialog)
    {
        _tokenizer = tokenizer;
        IsDialog = isDialog;
        if (!isDialog)
            return;
        _startHeaderId = RequireId(Llama3Vocabulary.StartHeader);
        _endHeaderId = RequireId(Llama3Vocabulary.EndHeader);
        _endOfTurnId = RequireId(Llama3Vocabulary.EndOfTurn);
    }

    /// <summary>Whether a prompt becomes a turn of a dialog; otherwise it is continued as it stands.</summary>
    public bool IsDialog { get; }

    /// <summary>Chooses the format for a checkpoint.</summary>
    /// <param name="kind">What the user asked for.</param>
    /// <param name="folder">The checkpoint's folder, which <see cref="ChatTemplateKind.Auto"/> looks into.</param>
    /// <param name="tokenizer">The checkpoint's tokenizer.</param>
    /// <exception cref="PagedException">
    /// The checkpoint's own template is unknown, or the tokenizer lacks the special tokens of the dialog.
    /// </exception>
    public static ChatFormat For(ChatTemplateKind kind, string folder, ITokenizer tokenizer)
    {
        if (kind == ChatTemplateKind.Auto)
            kind = CheckpointChatTemplate.Find(folder);
        return new ChatFormat(tokenizer, kind == ChatTemplateKind.Llama3);
    }

    /// <summary>Encodes one prompt, after an optional system turn.</summary>
    /// <exception cref="PagedException">There is a system text, but prompts are continued as they stand.</exception>
    public int[] EncodePrompt(string prompt, string? system = null)
    {
        if (IsDialog)
            return EncodeDialog(system is null ? [new("user", prompt)] : [new("system", system), new("user", prompt)]);
        if (system is not null)
        {
            throw new PagedException(
                "A system text was given (--system), but prompts are continued as they stand; expected is an instruct model or --chat-template llama3.");
        }

        return _tokenizer.Encode(prompt, addBeginOfText: true);
    }

    /// <summary>Encodes a dialog, followed by the header of the answer that is wanted.</summary>
    /// <exception cref="InvalidOperationException">This is not a dialog format.</exception>
    public int[] EncodeDialog(params ReadOnlySpan<ChatTurn> turns)
    {
        if (!IsDialog)
            throw new InvalidOperationException("A dialog needs a dialog format.");
        List<int> ids = [_tokenizer.BeginOfTextId];
        foreach (ChatTurn turn in turns)
        {
            AppendHeader(ids, turn.Role);
            ids.AddRange(_tokenizer.Encode(turn.Text.Trim(), addBeginOfText: false));
            ids.Add(_endOfTurnId);
        }

        AppendHeader(ids, "assistant");
        return [.. ids];
    }

    private void AppendHeader(List<int> ids, string role)
    {
        ids.Add(_startHeaderId);
        ids.AddRange(_tokenizer.Encode(role, addBeginOfText: false));
        ids.Add(_endHeaderId);
        ids.AddRange(_tokenizer.Encode("\n\n", addBeginOfText: false));
    }

    private int RequireId(string special) => _tokenizer.TryGetSpecialId(special, out int id)
        ? id
        : throw new PagedException(
            $"Llama 3's chat format needs the special token {special}, which this model's tokenizer does not have; try --chat-template none.");
}
