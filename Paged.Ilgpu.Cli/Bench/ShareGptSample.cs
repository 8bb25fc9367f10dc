using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Cli.Bench;

/// <summary>
/// Requests drawn from a ShareGPT file the way vLLM's benchmarks draw them (its <c>ShareGPTDataset</c>), so that figures can be laid side by
/// side: conversations in random order, the first turn as the prompt, without a chat format, and an answer as long as the second turn. What
/// is too short to measure by, or too long, is passed over.
/// </summary>
/// <param name="Requests">The requests.</param>
/// <param name="Suitable">Conversations of the file that can be drawn.</param>
/// <param name="Conversations">Conversations of the file.</param>
internal sealed record ShareGptSample(IReadOnlyList<ThroughputRequest> Requests, int Suitable, int Conversations)
{
    private const int FewestTokens = 4; // of prompt and answer each
    private const int MostPromptTokens = 1024;
    private const int MostTokens = 2048; // of both together

    /// <param name="path">The file.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="maxModelLength">Tokens of prompt and answer together, at most.</param>
    /// <param name="count">Requests to draw; where there are too few conversations they come again, in the same order.</param>
    /// <param name="answerLength">Tokens of every answer; null: as the file records.</param>
    /// <param name="random">Puts the conversations in order.</param>
    /// <exception cref="PagedException">The file cannot be read, or nothing in it can be drawn.</exception>
    public static ShareGptSample Draw(string path, ITokenizer tokenizer, int maxModelLength, int count, int? answerLength, Random random)
    {
        PromptRequest[] conversations = [.. PromptFile.ReadShareGpt(path)];
        PromptRequest[] shuffled = [.. conversations];
        random.Shuffle(shuffled);
        ThroughputRequest[] suitable =
        [.. from conversation in shuffled
            where conversation.RecordedAnswer is not null
            let prompt = tokenizer.Encode(conversation.Prompt.Display, addBeginOfText: true)
            let recorded = tokenizer.Encode(conversation.RecordedAnswer!, addBeginOfText: false).Length
            let length = answerLength ?? recorded
            where prompt.Length >= FewestTokens && (answerLength is not null || recorded >= FewestTokens)
            where prompt.Length <= MostPromptTokens && prompt.Length + length <= Math.Min(MostTokens, maxModelLength)
            select new ThroughputRequest(prompt, length)];
        if (suitable.Length == 0)
        {
            throw new PagedException($"The dataset {path} has {conversations.Length} conversations and none to measure by; expected is a prompt of "
                + $"{FewestTokens} to {MostPromptTokens} tokens with a recorded answer of at least {FewestTokens}, together at most "
                + $"{Math.Min(MostTokens, maxModelLength)} (--max-model-len).");
        }

        return new ShareGptSample(
            [.. Enumerable.Range(0, count).Select(i => suitable[i % suitable.Length])], suitable.Length, conversations.Length);
    }
}
