using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Tests.Scheduling;

/// <summary>A scheduler with a null model that draws a function of the tokens before; every invariant is checked after every call.</summary>
internal sealed class SchedulerHarness
{
    private readonly List<Sequence> _sequences = [];

    public SchedulerHarness(SchedulerOptions options, KvCacheOptions cacheOptions)
    {
        Cache = new KvCacheManager(cacheOptions);
        Scheduler = new Scheduler(options, Cache);
        CheckedModel = new SlotModel(cacheOptions);
    }

    public KvCacheManager Cache { get; }

    public Scheduler Scheduler { get; }

    public SlotModel CheckedModel { get; }

    public IReadOnlyList<Sequence> Sequences => _sequences;

    public Sequence Add(int promptLength, int maxTokens, int priority = 0, int seed = 1, int branches = 0)
    {
        int[] prompt = [.. Enumerable.Range(0, promptLength).Select(position => (seed * 1000) + position)];
        return Add(prompt, new SamplingOptions { MaxTokens = maxTokens }, priority, branches);
    }

    public Sequence Add(int[] prompt, SamplingOptions sampling, int priority = 0, int branches = 0)
    {
        var sequence = new Sequence(_sequences.Count + 1, prompt, sampling, priority);
        _sequences.Add(sequence);
        for (int i = 0; i < branches; i++)
            _sequences.Add(sequence.AddBranch(_sequences.Count + 1));
        Scheduler.Add(sequence);
        Scheduler.CheckInvariants();
        return sequence;
    }

    /// <summary>Schedules one step, lets the checked model run it, and finishes it.</summary>
    public StepBatch Step()
    {
        StepBatch batch = Schedule();
        Finish(batch);
        return batch;
    }

    public StepBatch Schedule()
    {
        StepBatch batch = Scheduler.Schedule() ?? throw new InvalidOperationException("nothing to do");
        Scheduler.CheckInvariants();
        return batch;
    }

    public void Finish(StepBatch batch)
    {
        int[] sampled = CheckedModel.Run(batch);
        Scheduler.Finish(batch, sampled);
        Scheduler.CheckInvariants();
    }

    public int RunToEnd(int atMost = 100_000)
    {
        int steps = 0;
        for (; Scheduler.HasWork; steps++)
        {
            Assert.That(steps, Is.LessThan(atMost), "the scheduler does not come to an end");
            Step();
        }

        CacheUsage usage = Cache.Usage;
        Assert.That((usage.OwnedBlocks, usage.SwappedBlocks, usage.StoredSlots, usage.LogicalBlocks), Is.EqualTo((0, 0, 0L, 0L)));
        Assert.That(usage.FreeBlocks + usage.CachedBlocks, Is.EqualTo(usage.BlockCount));
        return steps;
    }

    /// <summary>Token counts of the sequences of a step, in its order.</summary>
    public static int[] TokenCounts(StepBatch batch) =>
        [.. Enumerable.Range(0, batch.SequenceCount).Select(i => batch.SequenceStarts[i + 1] - batch.SequenceStarts[i])];
}
