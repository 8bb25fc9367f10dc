using Paged.Ilgpu.Cache;
using static Paged.Ilgpu.Tests.Cache.CacheHarness;

namespace Paged.Ilgpu.Tests.Cache;

internal sealed class ForkTests
{
    [Test]
    public void a_fork_takes_no_block_and_the_last_to_leave_frees_all()
    {
        CacheHarness harness = Of(blockCount: 8, prefixCaching: false);
        BlockTable original = harness.Begin(Tokens(55));
        BlockTable fork = harness.Fork(original);
        CacheUsage usage = harness.Cache.Usage;
        Assert.That((usage.OwnedBlocks, usage.SharedBlocks, usage.LogicalBlocks, usage.StoredSlots), Is.EqualTo((4, 4, 8L, 55L)));
        Assert.That(usage.Saving, Is.EqualTo(0.5));
        harness.Free(original);
        Assert.That((harness.Cache.Usage.OwnedBlocks, harness.Cache.Usage.FreeBlocks), Is.EqualTo((4, 4)));
        harness.Free(fork);
        Assert.That(harness.Cache.Usage.FreeBlocks, Is.EqualTo(8));
    }

    [Test]
    public void an_append_after_a_fork_copies_exactly_when_a_block_is_begun([Range(1, 33)] int stored)
    {
        CacheHarness harness = Of(blockCount: 20);
        BlockTable original = harness.Begin(Tokens(stored));
        int tail = original.Blocks[^1];
        BlockTable fork = harness.Fork(original);
        harness.Append(original, Tokens(stored + 1));
        if (stored % 16 == 0)
        {
            Assert.That(harness.Cache.Transfers, Is.Empty);
            return;
        }

        var copy = new BlockTransfer(BlockTransferKind.Copy, tail, original.Blocks[^1]);
        Assert.That(harness.Cache.Transfers, Is.EqualTo(new[] { copy }));
        harness.Append(fork, Tokens(stored + 1));
        Assert.That(harness.Cache.Transfers, Has.Count.EqualTo(1), "the last owner writes in place");
        Assert.That(fork.Blocks[^1], Is.EqualTo(tail));
    }

    [Test]
    public void the_first_to_write_copies_whoever_it_is_and_once_for_each_but_the_last()
    {
        CacheHarness harness = Of(blockCount: 20);
        BlockTable original = harness.Begin(Tokens(20));
        BlockTable[] all = [original, harness.Fork(original), harness.Fork(original), harness.Fork(original)];
        foreach (BlockTable table in all.Reverse())
            harness.Append(table, Tokens(21));
        Assert.That(harness.Cache.Transfers, Has.Count.EqualTo(3));
        Assert.That(harness.Cache.Usage.OwnedBlocks, Is.EqualTo(1 + 4));
        Assert.That(harness.Cache.Usage.StoredSlots, Is.EqualTo(16 + (4 * 5)));
    }

    [Test]
    public void nothing_changes_where_there_is_no_block_for_the_copy()
    {
        CacheHarness harness = Of(blockCount: 2);
        BlockTable original = harness.Begin(Tokens(20));
        BlockTable fork = harness.Fork(original);
        Assert.That(harness.TryReserve(fork, 1), Is.False);
        Assert.That(harness.Cache.Transfers, Is.Empty);
        harness.Free(original);
        Assert.That(harness.TryReserve(fork, 1), Is.True);
        Assert.That(harness.Cache.Transfers, Is.Empty);
    }

    [Test]
    public void blocks_reserved_ahead_stay_with_the_original()
    {
        CacheHarness harness = Of(blockCount: 8);
        BlockTable original = harness.Begin(Tokens(20));
        harness.TryReserve(original, 40);
        BlockTable fork = harness.Fork(original);
        Assert.That((original.Count, fork.Count), Is.EqualTo((4, 2)));
        harness.Append(original, Tokens(60));
        harness.Append(fork, Tokens(40));
        Assert.That(harness.Cache.Transfers, Has.Count.EqualTo(1));
    }
}
