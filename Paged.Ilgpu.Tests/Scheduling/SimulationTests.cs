using System.Diagnostics;
using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Tests.Scheduling;

internal sealed class SimulationTests
{
    private const int Seed = 20;

    // llama-3-8b in bfloat16: 32 layers × 8 KV heads × 128 × keys and values × 2 bytes = 131,072 bytes a token; 7.5 GiB of cache.
    private const int Tokens = 61_440;
    private const int MaxModelLength = 8192;

    private static readonly SchedulerOptions Options = new() { MaxModelLength = MaxModelLength };

    [Test]
    public void paged_holds_many_times_the_sequences_of_naive_in_the_same_memory()
    {
        SchedulerStatistics naive = Run(Options, KvCacheOptions.Naive(MaxModelLength, Tokens / MaxModelLength), 990).Statistics;
        SchedulerStatistics paged = Run(Options, new KvCacheOptions { BlockCount = Tokens / 16 }, 990).Statistics;
        CacheUsageStatistics loaded = paged.UsageWhileRequestsWait;
        Assert.That(naive.UsageWhileRequestsWait.PeakSequences, Is.EqualTo(7));
        Assert.That(loaded.AverageSequences, Is.GreaterThan(60));
        Assert.That(loaded.AverageStoredSlots / Tokens, Is.GreaterThan(0.97));
        Assert.That(loaded.AverageWastedSlots / loaded.AverageSequences, Is.InRange(6, 9), "half a block a sequence");
        Assert.That((double)naive.Steps / paged.Steps, Is.GreaterThan(7));
        Assert.That((naive.FinishedSequences, paged.FinishedSequences), Is.EqualTo((990L, 990L)));
    }

    [Test]
    public void requests_that_never_fit_are_counted_and_the_others_run()
    {
        SimulatedRequest[] requests = [new(new int[10], 5), new(new int[9000], 5), new(new int[20], 5)];
        SimulationResult result = Simulation.Run(Options, new KvCacheOptions { BlockCount = 100 }, requests);
        Assert.That((result.RefusedRequests, result.Statistics.FinishedSequences), Is.EqualTo((1L, 2L)));
        Assert.That(result.FirstRefusal, Does.StartWith("Request 2 can never fit"));
    }

    [Test]
    public void equal_prompts_hit_the_cache_where_it_is_on()
    {
        var on = new KvCacheOptions { BlockCount = Tokens / 16, EnablePrefixCaching = true };
        SimulatedRequest[] requests = [.. Enumerable.Repeat(new SimulatedRequest(new int[100], 20), 50)];
        SchedulerStatistics statistics = Simulation.Run(Options, on, requests).Statistics;
        Assert.That(statistics.PrefixHits.HitTokens, Is.EqualTo(49 * 96));
        Assert.That(statistics.UsageWhileRequestsWait.Steps, Is.Zero);
        Assert.That(statistics.Usage.Saving, Is.GreaterThan(0.5));
    }

    [TestCase(false)]
    [TestCase(true)]
    [Explicit("takes a minute")]
    public void a_million_requests_run_in_under_two_minutes(bool prefixCaching)
    {
        var watch = Stopwatch.StartNew();
        var cacheOptions = new KvCacheOptions { BlockCount = Tokens / 16, EnablePrefixCaching = prefixCaching };
        SchedulerStatistics statistics = Run(Options, cacheOptions, 1_000_000).Statistics;
        TestContext.Out.WriteLine($"{watch.Elapsed.TotalSeconds:F1} s, {statistics.Steps} steps, {statistics.ScheduledTokens} tokens, "
            + $"{statistics.Preemptions} preemptions, {statistics.UsageWhileRequestsWait.AverageSequences:F1} at once");
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromMinutes(2)));
    }

    /// <summary>Lengths spread about as those of conversations are: many short, few long.</summary>
    private static SimulationResult Run(SchedulerOptions options, KvCacheOptions cacheOptions, int count)
    {
        TestContext.Out.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        SimulatedRequest[] distinct = [.. Enumerable.Range(0, Math.Min(count, 99)).Select(_ => new SimulatedRequest(
            Enumerable.Range(0, Length(1.5)).Select(_ => random.Next(128_000)).ToArray(), Length(1.0)))];
        return Simulation.Run(options, cacheOptions, Enumerable.Range(0, count).Select(i => distinct[i % distinct.Length]));

        int Length(double spread) => (int)Math.Clamp(300 * Math.Exp(spread * (random.NextDouble() + random.NextDouble() - 1)), 1, 4000);
    }
}
