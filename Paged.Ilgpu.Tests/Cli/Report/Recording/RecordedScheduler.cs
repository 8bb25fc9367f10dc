using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Cli.Report.Recording;
using Paged.Ilgpu.Scheduling;
using Paged.Ilgpu.Tests.Scheduling;

namespace Paged.Ilgpu.Tests.Cli.Report.Recording;

/// <summary>A scheduler in a pool too small for its requests, some of which begin alike or have two answers, with a map of its blocks.</summary>
internal sealed class RecordedScheduler : ICacheEventSink
{
    public const int Blocks = 24;

    public RecordedScheduler(PreemptionMode mode)
    {
        Harness = new SchedulerHarness(
            new SchedulerOptions { MaxModelLength = 64, MaxBatchedTokens = 24, PreemptionMode = mode },
            new KvCacheOptions { BlockSize = 4, BlockCount = Blocks, EnablePrefixCaching = true, SwapBlockCount = 20 });
        Harness.Cache.Events = this;
        for (int i = 0; i < 12; i++)
            Harness.Add(promptLength: 5 + i, maxTokens: 30, seed: i % 3, branches: i % 2);
    }

    public SchedulerHarness Harness { get; }

    public BlockMap Map { get; } = new(Blocks);

    public void Record(in CacheEvent cacheEvent) => Map.Apply(cacheEvent);

    /// <summary>For each step what changes on the map, and which sequences own which block at which place while it runs.</summary>
    public IEnumerable<(CellChange[] Changes, Dictionary<int, List<(long Sequence, int Position)>> Owners)> Steps()
    {
        while (Harness.Scheduler.HasWork)
        {
            StepBatch batch = Harness.Schedule();
            var owners = new Dictionary<int, List<(long, int)>>();
            foreach (Sequence sequence in Harness.Sequences.Where(sequence => !sequence.BlockTable.IsSwapped))
            {
                for (int position = 0; position < sequence.BlockTable.Count; position++)
                {
                    int block = sequence.BlockTable.Blocks[position];
                    if (!owners.TryGetValue(block, out List<(long, int)>? list))
                        owners[block] = list = [];
                    list.Add((sequence.Id, position));
                }
            }

            yield return (Map.TakeChanges(), owners);
            Harness.Finish(batch);
        }
    }
}
