using System.Diagnostics;
using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Cli.Bench;

/// <summary>Runs requests of known lengths through an engine, all waiting at the start, and measures.</summary>
/// <param name="engine">The engine, without work.</param>
internal sealed class ThroughputBenchmark(PagedEngine engine)
{
    /// <summary>Answers requests.</summary>
    /// <param name="requests">The requests; each must fit.</param>
    public ThroughputResult Run(IReadOnlyList<ThroughputRequest> requests)
    {
        // The engine's own statistics also count what ran before.
        var usage = new UsageOfSteps(engine);
        engine.StepObserver = usage;
        SchedulerStatistics statistics = engine.Statistics;
        (long steps, long preemptions) = (statistics.Steps, statistics.Preemptions);
        (long queried, long hits) = (statistics.PrefixHits.QueriedTokens, statistics.PrefixHits.HitTokens);
        var allocations = new DecodeAllocations(engine);
        var completions = new List<Completion>(requests.Count);

        long start = Stopwatch.GetTimestamp();
        foreach (ThroughputRequest request in requests)
            engine.Add(request.Prompt, new SamplingOptions { MaxTokens = request.AnswerLength, IgnoreEos = true });
        while (engine.HasWork)
            completions.AddRange(allocations.Step());
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        engine.StepObserver = null;

        var firstToken = LatencyFigures.Of(completions.Select(completion => completion.TimeToFirstToken));
        var perToken = LatencyFigures.Of(completions.Select(completion => completion.TimePerOutputToken).OfType<TimeSpan>());
        double slots = engine.Usage.TotalSlots;
        queried = statistics.PrefixHits.QueriedTokens - queried;
        return new ThroughputResult
        {
            Requests = requests.Count,
            PromptTokens = completions.Sum(completion => (long)completion.PromptTokens),
            CompletionTokens = completions.Sum(completion => (long)completion.TokenIds.Count),
            Steps = statistics.Steps - steps,
            Seconds = seconds,
            MeanTtftMs = firstToken.Mean.TotalMilliseconds,
            MedianTtftMs = firstToken.Median.TotalMilliseconds,
            P99TtftMs = firstToken.P99.TotalMilliseconds,
            MeanTpotMs = perToken.Mean.TotalMilliseconds,
            MedianTpotMs = perToken.Median.TotalMilliseconds,
            P99TpotMs = perToken.P99.TotalMilliseconds,
            MedianStepMs = LatencyFigures.Of(usage.Steps).Median.TotalMilliseconds,
            PeakSequences = usage.Statistics.PeakSequences,
            AverageKvCacheUsage = usage.Statistics.AverageOwnedSlots / slots,
            PeakKvCacheUsage = usage.Statistics.PeakOwnedSlots / slots,
            AverageKvCacheWaste = usage.Statistics.AverageWastedSlots / slots,
            PrefixHitRate = queried == 0 ? 0 : (double)(statistics.PrefixHits.HitTokens - hits) / queried,
            Preemptions = statistics.Preemptions - preemptions,
            AllocatedBytesPerStep = allocations.BytesPerStep,
            AllocatedBytesPerStepByDevice = allocations.BytesPerStepByDevice,
        };
    }

    /// <summary>
    /// Lets kernels and the JIT get warm: as many requests as run at once, one as long as the longest, which end one after the other; then prompts of
    /// 1, 2, 4 tokens and so on, so that steps of all heights come. A device compiles the kernel for a height when it first comes: within the
    /// measured run that took up to 2 seconds of 5.
    /// </summary>
    /// <param name="requests">Those that will be measured.</param>
    /// <param name="random">Draws prompts that none of them begins with.</param>
    public void WarmUp(IReadOnlyList<ThroughputRequest> requests, Random random)
    {
        int longest = requests.Max(request => request.Prompt.Length);
        int answerLength = Math.Min(16, requests.Max(request => request.AnswerLength));
        int count = Math.Min(requests.Count, engine.Options.MaxSequences);
        IEnumerable<ThroughputRequest> prompts = ThroughputRequest.Random(1, longest, answerLength, engine.Config.VocabularySize, random)
            .Concat(ThroughputRequest.Random(count - 1, Math.Min(64, longest), answerLength, engine.Config.VocabularySize, random));
        _ = Run([.. prompts.Select((request, index) => request with { AnswerLength = 1 + (index % answerLength) })]);
        long highest = Math.Min(
            Math.Min(engine.Options.MaxBatchedTokens, engine.MaxModelLength - 1), requests.Sum(request => (long)request.Prompt.Length));
        for (int height = 1; height <= highest; height *= 2)
            _ = Run(ThroughputRequest.Random(1, height, 1, engine.Config.VocabularySize, random));
    }

    private sealed class UsageOfSteps(PagedEngine engine) : IStepObserver
    {
        // Room for a long run: what grows in a step would be counted as the engine's.
        private const int ManySteps = 1 << 16;

        private long _lastEnd;

        public CacheUsageStatistics Statistics { get; } = new(engine.MaxModelLength);

        /// <summary>From the end of one step to that of the next.</summary>
        public List<TimeSpan> Steps { get; } = new(ManySteps);

        public void StepBegins(StepBatch batch, TimeSpan time) =>
            Statistics.Record(engine.Statistics.Usage.Last, engine.Statistics.Usage.LastSequences);

        public void StepEnded(StepBatch batch, IReadOnlyList<Sequence> ended, TimeSpan time)
        {
            long now = Stopwatch.GetTimestamp();
            if (_lastEnd != 0)
                Steps.Add(Stopwatch.GetElapsedTime(_lastEnd, now));
            _lastEnd = now;
        }
    }
}
