using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Cli.Running;

/// <summary>A request with its prompt as the model is given it.</summary>
/// <param name="Request">The request.</param>
/// <param name="Ids">The prompt's tokens.</param>
internal sealed record EncodedPrompt(PromptRequest Request, int[] Ids);

/// <summary>Turns prompts into token ids.</summary>
/// <param name="format">How a prompt is put to the model.</param>
/// <param name="tokenizer">The model's.</param>
/// <param name="system">A system turn before each; null for none.</param>
/// <param name="keptTokens">How many of a longer prompt's tokens are kept, its last ones, as in vLLM: its begin is lost; null: all.</param>
internal sealed class PromptEncoder(ChatFormat format, ITokenizer tokenizer, string? system, int? keptTokens)
{
    // A shorter text is encoded in no time, and then the message has its exact length.
    private const int LongText = 1 << 20;

    private readonly Lazy<int> _longestToken = new(() => LongestTokenOf(tokenizer));

    /// <summary>
    /// Tokens of prompt and answer together. A text that is far beyond it is refused without being encoded, which could take minutes.
    /// </summary>
    public required int MaxModelLength { get; init; }

    /// <summary>Finds out what would refuse every prompt: a system turn that the format has no place for.</summary>
    /// <returns>This encoder.</returns>
    /// <exception cref="PagedException">There is such a turn.</exception>
    public PromptEncoder Checked()
    {
        _ = format.EncodePrompt("", system);
        return this;
    }

    /// <exception cref="RefusalException">The model cannot be given such a prompt.</exception>
    public EncodedPrompt Encode(PromptRequest request)
    {
        int? kept = request.KeptTokens ?? keptTokens;
        if (kept is null)
            RefuseWhatMustBeTooLong(request.Prompt);
        int[] ids = IdsOf(request.Prompt);
        return new EncodedPrompt(request, kept is { } count && ids.Length > count ? ids[^count..] : ids);
    }

    private int[] IdsOf(RequestPrompt prompt)
    {
        try
        {
            return prompt switch
            {
                UserPrompt user => format.EncodePrompt(user.Text, system),
                TextPrompt text => tokenizer.Encode(text.Text, addBeginOfText: true),
                TokenPrompt tokens => tokens.Ids,
                DialogPrompt dialog => EncodeDialog(dialog.Turns),
                _ => throw new ArgumentException($"No encoding is known for {prompt.GetType().Name}.", nameof(prompt)),
            };
        }
        catch (PagedException fault)
        {
            // This prompt's, such as turns that the format has no place for: what holds for every prompt, Checked has told.
            throw new RefusalException(new Refusal("invalid_value", fault.Message, prompt is DialogPrompt ? "messages" : "prompt"));
        }
    }

    private int[] EncodeDialog(IReadOnlyList<ChatTurn> turns)
    {
        if (!format.IsDialog)
        {
            throw new RefusalException(new Refusal(
                "no_chat_format",
                "The url is \"/v1/chat/completions\" and the model has no chat format; expected is an instruct model, --chat-template llama3, or "
                    + "\"/v1/completions\"."));
        }

        return format.EncodeDialog(system is null || turns[0].Role == "system" ? [.. turns] : [new ChatTurn("system", system), .. turns]);
    }

    private void RefuseWhatMustBeTooLong(RequestPrompt prompt)
    {
        long letters = prompt switch
        {
            UserPrompt user => user.Text.Length,
            TextPrompt text => text.Text.Length,
            DialogPrompt dialog => dialog.Turns.Sum(turn => (long)turn.Text.AsSpan().Trim().Length),
            _ => 0,
        };
        if (letters < LongText)
            return;
        long fewestTokens = letters / _longestToken.Value; // a letter has at least one byte
        if (fewestTokens >= MaxModelLength)
            throw new RefusalException(AnswerRoom.TooLong($"at least {fewestTokens}", MaxModelLength));
    }

    private static int LongestTokenOf(ITokenizer tokenizer)
    {
        int longest = 1;
        for (int id = 0; id < tokenizer.VocabularySize; id++)
            longest = Math.Max(longest, tokenizer.BytesOf(id).Length);
        return longest;
    }
}
