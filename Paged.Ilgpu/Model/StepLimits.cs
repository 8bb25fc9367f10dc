namespace Paged.Ilgpu.Model;

/// <summary>The largest step that a model is made for: its buffers are allocated once, for this.</summary>
/// <param name="MaxTokens">Tokens of a step.</param>
/// <param name="MaxSequences">Sequences of a step.</param>
/// <param name="MaxBlockIds">Entries of all block tables of a step.</param>
/// <param name="MaxPositions">Positions of a sequence.</param>
public readonly record struct StepLimits(int MaxTokens, int MaxSequences, int MaxBlockIds, int MaxPositions);
