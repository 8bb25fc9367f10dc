using Paged.Ilgpu.Cache;
using static Paged.Ilgpu.Tests.Cache.CacheHarness;

namespace Paged.Ilgpu.Tests.Cache;

internal sealed class SwapTests
{
    [Test]
    public void a_swapped_table_holds_host_blocks_alone_and_comes_back_whole()
    {
        CacheHarness harness = Of(blockCount: 4, prefixCaching: false, swapBlocks: 3);
        BlockTable table = harness.Begin(Tokens(40));
        harness.TryReserve(table, 20);
        Assert.That(harness.TrySwapOut(table), Is.True);
        CacheUsage usage = harness.Cache.Usage;
        Assert.That((usage.OwnedBlocks, usage.SwappedBlocks, usage.StoredSlots, table.StoredTokens), Is.EqualTo((0, 3, 0L, 40)));
        Assert.That(harness.TrySwapIn(table, Tokens(41)), Is.True);
        usage = harness.Cache.Usage;
        Assert.That((usage.OwnedBlocks, usage.SwappedBlocks, usage.StoredSlots), Is.EqualTo((3, 0, 40L)));
        Assert.That(harness.Cache.Transfers.Select(transfer => transfer.Kind), Is.EqualTo(new[]
        {
            BlockTransferKind.SwapOut, BlockTransferKind.SwapOut, BlockTransferKind.SwapOut,
            BlockTransferKind.SwapIn, BlockTransferKind.SwapIn, BlockTransferKind.SwapIn,
        }));
        harness.Append(table, Tokens(41));
    }

    [Test]
    public void nothing_changes_where_the_swap_space_or_the_pool_is_too_small()
    {
        CacheHarness harness = Of(blockCount: 4, prefixCaching: false, swapBlocks: 2);
        BlockTable large = harness.Begin(Tokens(33));
        CacheUsage before = harness.Cache.Usage;
        Assert.That(harness.TrySwapOut(large), Is.False);
        Assert.That(harness.Cache.Usage, Is.EqualTo(before));
        harness.Free(large);

        BlockTable swapped = harness.Begin(Tokens(32));
        Assert.That(harness.TrySwapOut(swapped), Is.True);
        harness.Begin(Tokens(33, from: 100));
        before = harness.Cache.Usage;
        Assert.That(harness.TrySwapIn(swapped, Tokens(32)), Is.False);
        Assert.That((harness.Cache.Usage, swapped.IsSwapped), Is.EqualTo((before, true)));
        harness.Free(swapped);
        Assert.That(harness.Cache.Usage.SwappedBlocks, Is.Zero);
    }

    [Test]
    public void what_the_device_still_has_is_not_copied_back()
    {
        CacheHarness harness = Of(blockCount: 4, swapBlocks: 4);
        BlockTable table = harness.Begin(Tokens(50));
        harness.TrySwapOut(table);
        harness.Cache.Transfers.Clear();
        harness.Free(harness.Begin(Tokens(20, from: 100))); // evicts the free block and the last of the three cached ones
        Assert.That(harness.TrySwapIn(table, Tokens(51)), Is.True);
        Assert.That(harness.Cache.Transfers, Has.Count.EqualTo(2));
        harness.Append(table, Tokens(51));
        Assert.That(harness.TryBegin(Tokens(51)), Is.Null);
    }

    [Test]
    public void the_others_keep_what_they_shared_with_a_swapped_table()
    {
        CacheHarness harness = Of(blockCount: 6, swapBlocks: 2);
        BlockTable original = harness.Begin(Tokens(20));
        BlockTable fork = harness.Fork(original);
        Assert.That(harness.TrySwapOut(fork), Is.True);
        harness.Cache.Transfers.Clear();
        harness.Append(original, Tokens(21));
        Assert.That(harness.Cache.Transfers, Is.Empty, "the only owner left writes in place");
        Assert.That(harness.TrySwapIn(fork, Tokens(20)), Is.True);
        Assert.That(fork.Blocks[0], Is.EqualTo(original.Blocks[0]));
        Assert.That(fork.Blocks[1], Is.Not.EqualTo(original.Blocks[1]));
    }
}
