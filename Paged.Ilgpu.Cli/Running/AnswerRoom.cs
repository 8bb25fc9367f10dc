using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Engine;

namespace Paged.Ilgpu.Cli.Running;

/// <summary>How long a prompt's answer may be, and whether it can be served at all.</summary>
/// <param name="maxModelLength">Tokens of prompt and answer together.</param>
/// <param name="slotCount">Token slots of the KV cache.</param>
internal sealed class AnswerRoom(int maxModelLength, long slotCount)
{
    public static AnswerRoom Of(PagedEngine engine) => new(engine.MaxModelLength, engine.Usage.TotalSlots);

    /// <summary>Why a prompt is too long for a model.</summary>
    /// <param name="promptLength">Its tokens, in words.</param>
    /// <param name="maxModelLength">Tokens of prompt and answer together.</param>
    public static Refusal TooLong(string promptLength, int maxModelLength) => new(
        "context_length_exceeded",
        $"The prompt has {promptLength} tokens; expected are at most {maxModelLength - 1}, as prompt and answer together may have "
            + $"{maxModelLength} (--max-model-len); --truncate-prompt-tokens keeps a prompt's end.");

    /// <summary>Decides on a prompt.</summary>
    /// <param name="promptLength">Its tokens.</param>
    /// <param name="requestedTokens">Tokens of an answer that the user allows; null: as many as there is room for.</param>
    /// <returns>Tokens of its answer, at most; or why it can never be served, with the arithmetic.</returns>
    public (int MaxTokens, Refusal? Refusal) For(int promptLength, int? requestedTokens)
    {
        if (promptLength >= maxModelLength)
            return (0, TooLong($"{promptLength}", maxModelLength));

        // The last token of an answer is never stored.
        int room = (int)Math.Min(maxModelLength, slotCount + 1) - promptLength;
        int maxTokens = requestedTokens ?? Math.Max(1, room);
        long needed = Math.Min(promptLength + (long)maxTokens, maxModelLength) - 1;
        if (needed <= slotCount)
            return (maxTokens, null);
        return (0, new Refusal(
            "kv_cache_exceeded",
            $"The prompt's {promptLength} tokens and up to {needed + 1 - promptLength} of its answer need {needed} slots of the KV cache; "
                + $"expected are at most {slotCount}: allow fewer tokens (--max-tokens) or a larger cache (--kv-cache-memory, --num-blocks)."));
    }
}
