namespace Paged.Ilgpu.Tokenization;

/// <summary>One turn of a dialog.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c> or <c>assistant</c>.</param>
/// <param name="Text">What is said; formats that leave out white space around it do so.</param>
public readonly record struct ChatTurn(string Role, string Text);

/// <summary>Turns prompts into the ids that a model is given: a text to continue, or a dialog that waits for the assistant.</summary>
/// <remarks>Control ids are set by number, so nothing that a user writes can become one.</remarks>
public sealed class ChatFormat
{
    private readonly ITokenizer _tokenizer;
    private readonly DialogLayout? _layout;

    private ChatFormat(ITokenizer tokenizer, DialogLayout? layout)
    {
        _tokenizer = tokenizer;
        _layout = layout;
        if (layout is not null)
            _ = EncodeDialog(new ChatTurn("user", "")); // tells now what the tokenizer lacks
    }

    /// <summary>Whether a prompt becomes a turn of a dialog; otherwise it is continued as it stands.</summary>
    public bool IsDialog => _layout is not null;

    /// <summary>What people call the format, such as Llama 3; null where prompts are continued as they stand.</summary>
    public string? Name => _layout?.Name;

    /// <summary>Chooses the format for a checkpoint.</summary>
    /// <param name="kind">What the user asked for.</param>
    /// <param name="model">The checkpoint's folder or GGUF file, which <see cref="ChatTemplateKind.Auto"/> looks into.</param>
    /// <param name="tokenizer">The checkpoint's tokenizer.</param>
    /// <exception cref="PagedException">
    /// The checkpoint's own template is unknown, or the tokenizer lacks the special tokens of the dialog.
    /// </exception>
    public static ChatFormat For(ChatTemplateKind kind, string model, ITokenizer tokenizer) => new(tokenizer, kind switch
    {
        ChatTemplateKind.Auto => CheckpointChatTemplate.Find(model, tokenizer),
        ChatTemplateKind.Llama3 => new Llama3Dialog(),
        ChatTemplateKind.Llama2 => new InstructionDialog(),
        ChatTemplateKind.ChatMl => new ChatMlDialog(),
        ChatTemplateKind.Zephyr => new ZephyrDialog(),
        _ => null,
    });

    /// <summary>Takes the format from a checkpoint's own template.</summary>
    /// <param name="template">A Jinja program.</param>
    /// <param name="origin">Names the file in errors.</param>
    /// <param name="tokenizer">The checkpoint's tokenizer.</param>
    /// <exception cref="PagedException">The template is unknown, or the tokenizer lacks the special tokens of the dialog.</exception>
    public static ChatFormat FromTemplate(string template, string origin, ITokenizer tokenizer) =>
        new(tokenizer, KnownChatTemplates.Recognize(template, origin));

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
    /// <exception cref="PagedException">The format has no place for such turns.</exception>
    /// <exception cref="InvalidOperationException">This is not a dialog format.</exception>
    public int[] EncodeDialog(params ReadOnlySpan<ChatTurn> turns)
    {
        if (_layout is null)
            throw new InvalidOperationException("A dialog needs a dialog format.");
        var writer = new DialogWriter(_tokenizer, _layout.Name);
        _layout.Write(writer, turns);
        return writer.ToIds();
    }
}
