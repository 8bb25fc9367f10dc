using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Cli.Planning;

/// <summary>How long each request's prompt and answer are, 8 bytes a request, and what that makes in all.</summary>
internal sealed class PlannedLengths
{
    private const int ChunkLength = 1 << 13; // no array is copied as requests come

    private readonly List<(int Prompt, int Answer)[]> _chunks = [];

    /// <summary>Requests.</summary>
    public int Count { get; private set; }

    public long PromptTokens { get; private set; }

    public long AnswerTokens { get; private set; }

    public int LongestPrompt { get; private set; }

    public int LongestAnswer { get; private set; }

    public void Add(int promptLength, int answerLength)
    {
        if (Count % ChunkLength == 0)
            _chunks.Add(new (int, int)[ChunkLength]);
        _chunks[Count / ChunkLength][Count % ChunkLength] = (promptLength, answerLength);
        Count++;
        PromptTokens += promptLength;
        AnswerTokens += answerLength;
        LongestPrompt = Math.Max(LongestPrompt, promptLength);
        LongestAnswer = Math.Max(LongestAnswer, answerLength);
    }

    /// <summary>Requests of these lengths, all of one token: for a cache that does not look at them.</summary>
    public IEnumerable<SimulatedRequest> Requests()
    {
        var tokens = new int[LongestPrompt];
        for (int request = 0; request < Count; request++)
        {
            (int prompt, int answer) = _chunks[request / ChunkLength][request % ChunkLength];
            yield return new SimulatedRequest(tokens.AsMemory(0, prompt), answer);
        }
    }
}
