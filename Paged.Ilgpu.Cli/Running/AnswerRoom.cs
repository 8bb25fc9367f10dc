using Paged.Ilgpu.Engine;

namespace Paged.Ilgpu.Cli.Running;

/// <summary>How long a prompt's answer may be, and whether it can be served at all.</summary>
/// <param name="maxModelLength">Tokens of prompt and answer together.</param>
/// <param name="slotCount">Token slots of the KV cache.</param>
/// <param name="requestedTokens">Tokens of an answer that the user allows; null: as many as there is room for.</param>
internal sealed class AnswerRoom(int maxModelLength, long slotCount, int? requestedTokens)
{
    public static AnswerRoom Of(PagedEngine engine, int? requestedTokens) =>
        new(engine.MaxModelLength, engine.Usage.TotalSlots, requestedTokens);

    /// <summary>Decides on a prompt.</summary>
    /// <param name="promptLength">Its tokens.</param>
    /// <returns>Tokens of its answer, at most; or why it can never be served, with the arithmetic.</returns>
    public (int MaxTokens, RefusedPrompt? Refusal) For(int promptLength)
    {
        if (promptLength >= maxModelLength)
        {
            return (0, new RefusedPrompt(
                "context_length_exceeded",
                $"The prompt has {promptLength} tokens; expected are at most {maxModelLength - 1}, as prompt and answer together may have "
                    + $"{maxModelLength} (--max-model-len); --truncate-prompt-tokens keeps a prompt's end."));
        }

        // The last token of an answer is never stored.
        int room = (int)Math.Min(maxModelLength, slotCount + 1) - promptLength;
        int maxTokens = requestedTokens ?? Math.Max(1, room);
        long needed = Math.Min(promptLength + (long)maxTokens, maxModelLength) - 1;
        if (needed <= slotCount)
            return (maxTokens, null);
        return (0, new RefusedPrompt(
            "kv_cache_exceeded",
            $"The prompt's {promptLength} tokens and up to {needed + 1 - promptLength} of its answer need {needed} slots of the KV cache; "
                + $"expected are at most {slotCount}: allow fewer tokens (--max-tokens) or a larger cache (--kv-cache-memory, --num-blocks)."));
    }
}

/// <summary>Why a prompt can never be served.</summary>
/// <param name="Code">A short name of the reason.</param>
/// <param name="Message">One sentence.</param>
internal sealed record RefusedPrompt(string Code, string Message);
