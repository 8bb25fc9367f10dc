using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Cli.Report.Recording;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Tests.Cli.Report.Recording;

internal sealed class BlockMapTests
{
    [TestCase(PreemptionMode.Recompute)]
    [TestCase(PreemptionMode.Swap)]
    public void the_map_shows_who_owns_which_block_at_every_step(PreemptionMode mode)
    {
        var scheduler = new RecordedScheduler(mode);
        var shown = new CellChange[RecordedScheduler.Blocks];
        bool wasShared = false;
        foreach ((CellChange[] changes, Dictionary<int, List<(long Sequence, int Position)>> owners) in scheduler.Steps())
        {
            foreach (CellChange change in changes)
                shown[change.Cell] = change;
            for (int block = 0; block < shown.Length; block++)
            {
                if (!owners.TryGetValue(block, out List<(long Sequence, int Position)>? held))
                {
                    Assert.That(shown[block].State, Is.LessThan(2), "no owner");
                    continue;
                }

                (long state, int position) = (shown[block].State, shown[block].Position);
                Assert.That(held, Does.Contain(((state - 2) / 2, position)));
                Assert.That(state % 2 == 1, Is.EqualTo(held.Count > 1), "shared");
                wasShared |= held.Count > 1;
            }
        }

        Assert.That(wasShared, Is.True);
        Assert.That(scheduler.Harness.Scheduler.Statistics.Preemptions, Is.GreaterThan(0));
    }

    [Test]
    public void of_a_pool_too_large_to_draw_neighbours_share_a_cell()
    {
        var map = new BlockMap(3 * BlockMap.MostCells);
        Assert.That(map.BlocksPerCell, Is.EqualTo(3));
        map.Apply(new CacheEvent(1, CacheEventKind.Allocate, Sequence: 7, Block: 5, Other: 0));
        Assert.That(map.TakeChanges(), Is.EqualTo(new[] { new CellChange(1, 2 + (2 * 7), 0) }));
        map.Apply(new CacheEvent(1, CacheEventKind.Allocate, Sequence: 8, Block: 4, Other: 0));
        Assert.That(map.TakeChanges(), Is.EqualTo(new[] { new CellChange(1, 2 + (2 * 8), 0) }), "the first that has an owner");
        map.Apply(new CacheEvent(2, CacheEventKind.Index, Sequence: 8, Block: 4, Other: 0));
        map.Apply(new CacheEvent(2, CacheEventKind.Free, Sequence: 8, Block: 4, Other: 0));
        map.Apply(new CacheEvent(2, CacheEventKind.Free, Sequence: 7, Block: 5, Other: 0));
        Assert.That(map.TakeChanges(), Is.EqualTo(new[] { new CellChange(1, 1, 0) }), "still findable");
        map.Apply(new CacheEvent(3, CacheEventKind.Evict, Sequence: 0, Block: 4, Other: 0));
        Assert.That(map.TakeChanges(), Is.EqualTo(new[] { new CellChange(1, 0, 0) }));
        Assert.That(map.TakeChanges(), Is.Empty);
    }
}
