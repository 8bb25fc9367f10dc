using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Tests.Engine;

internal sealed class RequestClockTests
{
    [Test]
    public void a_step_that_nobody_listens_to_allocates_nothing_whoever_begins_or_ends_with_it()
    {
        const int Sequences = 64;
        var cache = new KvCacheManager(new KvCacheOptions { BlockCount = 1024 });
        var scheduler = new Scheduler(new SchedulerOptions { MaxModelLength = 128 }, cache);
        using var metrics = new EngineMetrics(scheduler, cache);
        var clock = new RequestClock(TimeProvider.System, metrics);
        long allocated = 0;
        for (int round = 0; round < 3; round++) // the first warms up
        {
            for (int i = 0; i < Sequences; i++)
            {
                var sequence = new Sequence((round * Sequences) + i, [1, 2, 3], new SamplingOptions { MaxTokens = 1 + (i % 8) });
                scheduler.Add(sequence);
                clock.Added(sequence);
            }

            while (scheduler.Schedule() is { } batch)
            {
                IReadOnlyList<Sequence> ended = scheduler.Finish(batch, new int[batch.LogitCount]);
                long before = GC.GetAllocatedBytesForCurrentThread();
                clock.StepEnded(batch, ended);
                long taken = GC.GetAllocatedBytesForCurrentThread() - before;
                allocated += round == 0 ? 0 : taken;
            }
        }

        Assert.That(allocated, Is.Zero);
    }
}
