using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Engine;

/// <summary>An answer.</summary>
/// <param name="Id">The number that <see cref="PagedEngine.Add"/> gave its request.</param>
/// <param name="TokenIds">The answer's tokens, the stop id that ended it included.</param>
/// <param name="FinishReason">Why it ended.</param>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="CachedPromptTokens">Tokens of the prompt that were found in the cache.</param>
/// <param name="Preemptions">How often the sequence had to give up its blocks.</param>
public sealed record Completion(
    long Id, IReadOnlyList<int> TokenIds, FinishReason FinishReason, int PromptTokens, int CachedPromptTokens, int Preemptions)
{
    /// <summary>The answer's text without special tokens, without the stop id or stop string that ended it unless the request asked for that; null where the engine was given no tokenizer.</summary>
    public string? Text { get; init; }

    /// <summary>One for each token of the answer, where the request asked for them.</summary>
    public IReadOnlyList<PositionLogProbabilities>? LogProbabilities { get; init; }

    /// <summary>From the request's being added to the first token of the answer: waiting and the prompt's computation.</summary>
    public TimeSpan TimeToFirstToken { get; init; }

    /// <summary>From the request's being added to the last token of the answer.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Time of each token after the first, on average; null where there is no other.</summary>
    public TimeSpan? TimePerOutputToken => TokenIds.Count > 1 ? (Duration - TimeToFirstToken) / (TokenIds.Count - 1) : null;

    internal static Completion Of(Sequence sequence) => new(
        sequence.Id,
        sequence.Generated.ToArray(),
        sequence.FinishReason ?? throw new InvalidOperationException($"sequence {sequence.Id} has not ended"),
        sequence.PromptLength,
        sequence.CachedPromptTokens,
        sequence.PreemptionCount)
    {
        TimeToFirstToken = sequence.Times.FirstToken - sequence.Times.Added,
        Duration = sequence.Times.Ended - sequence.Times.Added,
        Text = sequence.Answer.Text(sequence.Generated),
        LogProbabilities = sequence.Answer.LogProbabilities,
    };
}
