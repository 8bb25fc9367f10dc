namespace Paged.Ilgpu.Sampling;

/// <summary>How likely a token was where it could be drawn, by the model's own logits: before temperature, penalties and bias.</summary>
/// <param name="TokenId">The token.</param>
/// <param name="LogProbability">The natural logarithm of its probability, at most 0.</param>
public readonly record struct TokenLogProbability(int TokenId, float LogProbability);

/// <summary>How likely the drawn token was, and which were the likeliest there.</summary>
/// <param name="Drawn">The token of the answer.</param>
/// <param name="Likeliest">The likeliest tokens, best first, as many as <see cref="SamplingOptions.LogProbabilities"/> asks for.</param>
public sealed record PositionLogProbabilities(TokenLogProbability Drawn, IReadOnlyList<TokenLogProbability> Likeliest);
