using System.Diagnostics;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Cli.Bench;

/// <summary>Runs requests of one length through an engine.</summary>
/// <param name="engine">The engine, without work.</param>
/// <param name="random">Draws the prompts' tokens: no two prompts begin alike, so nothing is found in the cache.</param>
internal sealed class ThroughputBenchmark(PagedEngine engine, Random random)
{
    public required int PromptLength { get; init; }

    public required int AnswerLength { get; init; }

    /// <summary>Answers a number of requests, all waiting at the start.</summary>
    public ThroughputResult Run(int requestCount)
    {
        var sampling = new SamplingOptions { MaxTokens = AnswerLength, IgnoreEos = true };
        for (int request = 0; request < requestCount; request++)
            engine.Add(RandomPrompt(), sampling);

        long stepsBefore = engine.Statistics.Steps;
        long allocatedByHost = 0; // in steps that only decode
        long allocatedInAll = 0;
        int decodeSteps = 0;
        long completionTokens = 0;
        long start = Stopwatch.GetTimestamp();
        while (engine.HasWork)
        {
            long tokensBefore = engine.Statistics.ScheduledTokens;
            int running = engine.RunningCount;
            long inAllBefore = GC.GetTotalAllocatedBytes();
            long byHostBefore = GC.GetAllocatedBytesForCurrentThread();
            IReadOnlyList<Completion> ended = engine.Step();
            long byHost = GC.GetAllocatedBytesForCurrentThread() - byHostBefore;
            if (ended.Count == 0 && engine.RunningCount == running && engine.Statistics.ScheduledTokens - tokensBefore == running)
            {
                allocatedByHost += byHost;
                allocatedInAll += GC.GetTotalAllocatedBytes() - inAllBefore;
                decodeSteps++;
            }

            foreach (Completion completion in ended)
                completionTokens += completion.TokenIds.Count;
        }

        return new ThroughputResult
        {
            Requests = requestCount,
            PeakSequences = engine.Statistics.Usage.PeakSequences,
            PromptTokens = (long)requestCount * PromptLength,
            CompletionTokens = completionTokens,
            Steps = engine.Statistics.Steps - stepsBefore,
            Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
            AllocatedBytesPerStep = decodeSteps == 0 ? 0 : (double)allocatedByHost / decodeSteps,
            AllocatedBytesPerStepByDevice = decodeSteps == 0 ? 0 : Math.Max(0.0, allocatedInAll - allocatedByHost) / decodeSteps,
        };
    }

    private int[] RandomPrompt()
    {
        var prompt = new int[PromptLength];
        for (int position = 0; position < prompt.Length; position++)
            prompt[position] = random.Next(engine.Config.VocabularySize);
        return prompt;
    }
}
