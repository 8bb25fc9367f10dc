namespace Paged.Ilgpu.Cli.Bench;

/// <summary>A request of a benchmark: its answer has a length that is known beforehand, whatever the model says.</summary>
/// <param name="Prompt">Token ids.</param>
/// <param name="AnswerLength">Tokens of the answer, at least 1.</param>
internal sealed record ThroughputRequest(int[] Prompt, int AnswerLength)
{
    /// <summary>Requests of one length each way; no two prompts begin alike, so that nothing is found in the cache.</summary>
    public static IReadOnlyList<ThroughputRequest> Random(int count, int promptLength, int answerLength, int vocabularySize, Random random) =>
        [.. Enumerable.Range(0, count).Select(_ => new ThroughputRequest(RandomTokens(promptLength, vocabularySize, random), answerLength))];

    private static int[] RandomTokens(int count, int vocabularySize, Random random)
    {
        int[] tokens = new int[count];
        for (int i = 0; i < count; i++)
            tokens[i] = random.Next(vocabularySize);
        return tokens;
    }
}
