using Paged.Ilgpu.Cli.Input;

namespace Paged.Ilgpu.Cli.Output;

/// <summary>What became of one request.</summary>
/// <param name="Index">The request's position in the input, from 0.</param>
/// <param name="CustomId">The request's name; null where a line of the input has none.</param>
internal abstract record Outcome(int Index, string? CustomId);

/// <summary>A request that was answered.</summary>
/// <param name="Index">The request's position in the input, from 0.</param>
/// <param name="CustomId">The request's name.</param>
/// <param name="Choices">Its answers, as many as it asked for.</param>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="CachedTokens">Those of them that were found in the cache.</param>
internal sealed record Answer(int Index, string CustomId, IReadOnlyList<AnswerChoice> Choices, int PromptTokens, int CachedTokens)
    : Outcome(Index, CustomId)
{
    /// <summary>Whether it is written as a chat's message; otherwise as a text.</summary>
    public bool IsChat { get; init; }

    /// <summary>Tokens of all answers.</summary>
    public int CompletionTokens => Choices.Sum(choice => choice.TokenIds.Count);
}

/// <summary>One answer to a request.</summary>
/// <param name="Text">The answer.</param>
/// <param name="TokenIds">Its ids, the one that ended it included.</param>
/// <param name="FinishReason"><c>stop</c> or <c>length</c>.</param>
internal sealed record AnswerChoice(string Text, IReadOnlyList<int> TokenIds, string FinishReason)
{
    /// <summary>Whether the ids are written.</summary>
    public bool ShowsTokenIds { get; init; }

    /// <summary>How likely each token was, where the request asks for it.</summary>
    public IReadOnlyList<LikelyTokens>? LogProbabilities { get; init; }
}

/// <summary>A token as logprobs show it.</summary>
/// <param name="Text">Its text; <c>bytes:\xE2\x82</c> and the like where its bytes are no UTF-8 by themselves.</param>
/// <param name="Bytes">Its bytes.</param>
/// <param name="LogProbability">The natural logarithm of its probability.</param>
internal readonly record struct LikelyToken(string Text, byte[] Bytes, float LogProbability);

/// <summary>What could stand at one place of an answer.</summary>
/// <param name="Drawn">What does.</param>
/// <param name="Likeliest">The likeliest, best first, as many as the request asks for.</param>
internal sealed record LikelyTokens(LikelyToken Drawn, IReadOnlyList<LikelyToken> Likeliest);

/// <summary>A request that could not be served.</summary>
/// <param name="Index">The request's position in the input, from 0.</param>
/// <param name="CustomId">The request's name; null where a line of the input has none.</param>
/// <param name="Refusal">Why it could not.</param>
internal sealed record AnswerError(int Index, string? CustomId, Refusal Refusal) : Outcome(Index, CustomId);
