using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Cli.Report.Recording;

/// <summary>What the naive cache would have held in the same memory, had it served the requests of a run: the real scheduler, without a model.</summary>
/// <param name="Cache">The naive cache.</param>
/// <param name="Statistics">What the scheduler did.</param>
/// <param name="Frames">The steps, without times.</param>
internal sealed record NaiveCounterfactual(KvCacheOptions Cache, SchedulerStatistics Statistics, FrameList Frames)
{
    /// <summary>Serves the requests of a run that ended once more, each by itself, all waiting at the start.</summary>
    /// <returns>Null where the memory does not hold a single sequence.</returns>
    public static NaiveCounterfactual? Of(RunRecorder run)
    {
        PagedEngine engine = run.Engine;
        int sequences = (int)Math.Min(int.MaxValue, engine.Usage.TotalSlots / engine.MaxModelLength);
        if (sequences == 0)
            return null;
        KvCacheOptions cache = KvCacheOptions.Naive(engine.MaxModelLength, sequences);
        SchedulerOptions scheduler = (engine.Options with { Cache = CacheMethod.Naive }).SchedulerOptionsFor(engine.Config);
        var frames = new FrameList();
        int[] noTokens = new int[engine.MaxModelLength];
        IEnumerable<SimulatedRequest> requests = run.Lengths.Select(
            request => new SimulatedRequest(noTokens.AsMemory(0, request.PromptTokens), request.AnswerTokens));
        SimulationResult result = Simulation.Run(scheduler, cache, requests, statistics => frames.Add(new Frame
        {
            Step = statistics.Steps,
            StoredSlots = statistics.Usage.Last.StoredSlots,
            OwnedSlots = statistics.Usage.Last.OwnedSlots,
            Running = statistics.Usage.LastSequences,
        }));
        return new NaiveCounterfactual(cache, result.Statistics, frames);
    }
}
