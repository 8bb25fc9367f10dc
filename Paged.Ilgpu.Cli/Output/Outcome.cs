namespace Paged.Ilgpu.Cli.Output;

/// <summary>What became of one request.</summary>
/// <param name="Index">The request's position in the input, from 0.</param>
/// <param name="CustomId">The request's name.</param>
internal abstract record Outcome(int Index, string CustomId);

/// <summary>A request that was answered.</summary>
/// <param name="Index">The request's position in the input, from 0.</param>
/// <param name="CustomId">The request's name.</param>
/// <param name="Text">The answer, without special tokens.</param>
/// <param name="TokenIds">The answer's ids, where they are to be shown.</param>
/// <param name="FinishReason"><c>stop</c> or <c>length</c>.</param>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="CompletionTokens">Tokens of the answer.</param>
internal sealed record Answer(
    int Index, string CustomId, string Text, IReadOnlyList<int>? TokenIds, string FinishReason, int PromptTokens, int CompletionTokens)
    : Outcome(Index, CustomId);

/// <summary>A request that could not be served.</summary>
/// <param name="Index">The request's position in the input, from 0.</param>
/// <param name="CustomId">The request's name.</param>
/// <param name="Code">A short name of the reason, such as <c>context_length_exceeded</c>.</param>
/// <param name="Message">One sentence for the user.</param>
internal sealed record AnswerError(int Index, string CustomId, string Code, string Message)
    : Outcome(Index, CustomId);
