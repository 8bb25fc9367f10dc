using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Scheduling;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Cli.Planning;

/// <summary>Requests of known length: those of a file, some times over.</summary>
/// <param name="distinct">The file's requests.</param>
/// <param name="repeats">How many times each comes.</param>
internal sealed class PlannedTrace(IReadOnlyList<SimulatedRequest> distinct, int repeats)
{
    /// <summary>All requests in order of arrival; tokenised once, however often the file is repeated.</summary>
    public IEnumerable<SimulatedRequest> Requests => Enumerable.Repeat(distinct, repeats).SelectMany(request => request);

    public long RequestCount => (long)distinct.Count * repeats;

    public long PromptTokens => repeats * distinct.Sum(request => (long)request.Prompt.Length);

    public long AnswerTokens => repeats * distinct.Sum(request => (long)request.AnswerLength);

    public int LongestPrompt => distinct.Max(request => request.Prompt.Length);

    public int LongestAnswer => distinct.Max(request => request.AnswerLength);

    /// <summary>Counts the tokens of prompts and answers.</summary>
    /// <param name="prompts">The file's prompts.</param>
    /// <param name="encoder">How a prompt is put to the model.</param>
    /// <param name="tokenizer">Counts the tokens of recorded answers.</param>
    /// <param name="maxTokens">Tokens of an answer at most; of every answer that is not recorded.</param>
    /// <param name="repeats">How many times each prompt comes.</param>
    /// <exception cref="PagedException">There is no prompt, or nothing says how long an answer is.</exception>
    public static PlannedTrace Of(
        IReadOnlyList<PromptRequest> prompts, PromptEncoder encoder, ITokenizer tokenizer, int? maxTokens, int repeats)
    {
        if (prompts.Count == 0)
            throw new PagedException("The file of prompts has none; expected is at least one.");
        return new PlannedTrace(
            [.. prompts.Select(prompt => new SimulatedRequest(encoder.Encode(prompt).Ids, AnswerLength(prompt, tokenizer, maxTokens)))],
            repeats);
    }

    private static int AnswerLength(PromptRequest prompt, ITokenizer tokenizer, int? maxTokens)
    {
        if (prompt.RecordedAnswer is null)
        {
            return maxTokens ?? throw new PagedException(
                $"The prompt {prompt.CustomId} has no recorded answer; expected is the length of such answers (--max-tokens N).");
        }

        int recorded = Math.Max(1, tokenizer.Encode(prompt.RecordedAnswer, addBeginOfText: false).Length);
        return Math.Min(recorded, maxTokens ?? int.MaxValue);
    }
}
