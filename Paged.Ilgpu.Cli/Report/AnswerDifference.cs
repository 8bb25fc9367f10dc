using Paged.Ilgpu.Cli.Output;

namespace Paged.Ilgpu.Cli.Report;

/// <summary>Whether two runs gave the same answers, token for token.</summary>
/// <param name="Different">The names of requests whose outcomes are not the same.</param>
/// <param name="Count">Requests in all.</param>
internal sealed record AnswerDifference(IReadOnlyList<string> Different, int Count)
{
    public bool IsNone => Different.Count == 0;

    /// <summary>The finding in a sentence.</summary>
    public string Sentence => IsNone
        ? $"All {Count} answers are identical, token for token."
        : $"{Different.Count} of {Count} answers differ, which no cache may cause; the first is {Different[0]}.";

    /// <param name="first">Outcomes in input order, answers with their ids.</param>
    /// <param name="second">The same of the other run.</param>
    public static AnswerDifference Between(IReadOnlyList<Outcome> first, IReadOnlyList<Outcome> second) =>
        new([.. first.Zip(second).Where(pair => !AreSame(pair.First, pair.Second)).Select(pair => pair.First.CustomId ?? "a line without a name")], first.Count);

    private static bool AreSame(Outcome first, Outcome second) => (first, second) switch
    {
        (Answer a, Answer b) => a.Choices.Count == b.Choices.Count && a.Choices.Zip(b.Choices).All(pair => AreSame(pair.First, pair.Second)),
        (AnswerError a, AnswerError b) => a.Refusal.Code == b.Refusal.Code,
        _ => false,
    };

    private static bool AreSame(AnswerChoice first, AnswerChoice second) =>
        first.TokenIds.SequenceEqual(second.TokenIds) && first.FinishReason == second.FinishReason;
}
