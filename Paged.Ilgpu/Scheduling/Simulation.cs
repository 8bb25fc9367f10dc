using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Scheduling;

/// <summary>A request whose answer's length is known beforehand.</summary>
/// <param name="Prompt">The prompt's token ids; without prefix caching only their number matters.</param>
/// <param name="AnswerLength">Tokens of the answer, at least 1.</param>
public sealed record SimulatedRequest(ReadOnlyMemory<int> Prompt, int AnswerLength);

/// <summary>What a simulation found.</summary>
/// <param name="Statistics">What the scheduler did and what the cache held.</param>
/// <param name="Final">What the cache holds at the end: nothing that is owned.</param>
/// <param name="RefusedRequests">Requests that can never fit.</param>
/// <param name="FirstRefusal">Why the first of them cannot; null where there was none.</param>
public sealed record SimulationResult(SchedulerStatistics Statistics, CacheUsage Final, long RefusedRequests, string? FirstRefusal);

/// <summary>
/// Runs requests through the real scheduler and the real cache with a model that computes nothing: how many sequences fit at once, how
/// many steps they need and what is wasted, without a device.
/// </summary>
public static class Simulation
{
    /// <summary>Runs the requests, all waiting at the start, until each has its answer.</summary>
    /// <param name="options">How much a step may take on.</param>
    /// <param name="cacheOptions">The cache.</param>
    /// <param name="requests">
    /// The requests in order of arrival. They are asked for as their turn comes near, so that a million of them need no memory.
    /// </param>
    /// <param name="stepped">Told after each step how far the run is.</param>
    public static SimulationResult Run(
        SchedulerOptions options,
        KvCacheOptions cacheOptions,
        IEnumerable<SimulatedRequest> requests,
        Action<SchedulerStatistics>? stepped = null)
    {
        var cache = new KvCacheManager(cacheOptions);
        var scheduler = new Scheduler(options, cache);
        var sampledIds = new int[options.MaxSequences];
        long refused = 0;
        string? firstRefusal = null;
        long id = 0;
        using IEnumerator<SimulatedRequest> arrivals = requests.GetEnumerator();
        bool more = true;
        while (true)
        {
            // One more than there are places: the scheduler never finds the queue empty before it is.
            while (more && scheduler.WaitingCount + scheduler.RunningCount <= options.MaxSequences && (more = arrivals.MoveNext()))
            {
                try
                {
                    scheduler.Add(SequenceOf(++id, arrivals.Current));
                }
                catch (PagedException refusal)
                {
                    refused++;
                    firstRefusal ??= refusal.Message;
                }
            }

            if (scheduler.Schedule() is not { } batch)
                return new SimulationResult(scheduler.Statistics, cache.Usage, refused, firstRefusal);
            Draw(batch, sampledIds);
            scheduler.Finish(batch, sampledIds.AsSpan(0, batch.LogitCount));
            stepped?.Invoke(scheduler.Statistics);
        }
    }

    /// <summary>Gives the same request the same answer each time it comes, as a greedy model would.</summary>
    private static void Draw(StepBatch batch, int[] sampledIds)
    {
        for (int row = 0; row < batch.LogitCount; row++)
            sampledIds[row] = batch.Positions[batch.LogitTokens[row]];
    }

    private static Sequence SequenceOf(long id, SimulatedRequest request) =>
        new(id, request.Prompt.Span, new SamplingOptions { MaxTokens = request.AnswerLength });
}
