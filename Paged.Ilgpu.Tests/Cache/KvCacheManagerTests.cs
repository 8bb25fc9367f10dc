using Paged.Ilgpu.Cache;
using static Paged.Ilgpu.Tests.Cache.CacheHarness;

namespace Paged.Ilgpu.Tests.Cache;

internal sealed class KvCacheManagerTests
{
    [Test]
    public void slots_reserved_ahead_cost_nothing_more_when_filled()
    {
        CacheHarness harness = Of(blockCount: 8);
        BlockTable table = harness.Begin(Tokens(10));
        Assert.That(harness.TryReserve(table, 30), Is.True);
        int owned = harness.Cache.Usage.OwnedBlocks;
        Assert.That(owned, Is.EqualTo(3));
        for (int length = 11; length <= 40; length++)
            harness.Append(table, Tokens(length));
        Assert.That(harness.Cache.Usage.OwnedBlocks, Is.EqualTo(owned));
    }

    [Test]
    public void appending_takes_as_many_blocks_as_the_arithmetic_says(
        [Values(1, 2, 7, 16, 64)] int blockSize, [Values(1, 15, 16, 17, 55)] int stored, [Values(1, 4, 16, 33)] int added)
    {
        CacheHarness harness = Of(blockCount: 100, blockSize);
        BlockTable table = harness.Begin(Tokens(stored));
        int before = harness.Cache.Usage.OwnedBlocks;
        harness.Append(table, Tokens(stored + added));
        int expected = (int)(Math.Ceiling((stored + added) / (double)blockSize) - Math.Ceiling(stored / (double)blockSize));
        Assert.That(harness.Cache.Usage.OwnedBlocks - before, Is.EqualTo(expected));
        Assert.That(harness.Cache.Usage.WastedSlots, Is.EqualTo(((long)table.Count * blockSize) - stored - added));
    }

    [Test]
    public void a_request_that_cannot_be_served_changes_nothing()
    {
        CacheHarness harness = Of(blockCount: 4);
        BlockTable table = harness.Begin(Tokens(40));
        CacheUsage before = harness.Cache.Usage;
        long listOperations = harness.Cache.ListOperations;
        Assert.That(harness.TryReserve(table, 25), Is.False);
        Assert.That(harness.TryBegin(Tokens(17, from: 100)), Is.Null);
        Assert.That((harness.Cache.Usage, harness.Cache.ListOperations), Is.EqualTo((before, listOperations)));
        Assert.That(harness.TryReserve(table, 24), Is.True);
    }

    [Test]
    public void every_block_of_a_freed_table_can_be_taken_again()
    {
        CacheHarness harness = Of(blockCount: 4, prefixCaching: false);
        for (int round = 0; round < 100; round++)
        {
            BlockTable table = harness.Begin(Tokens(64));
            Assert.That(harness.Cache.Usage.FreeBlocks, Is.Zero);
            harness.Free(table);
            Assert.That((harness.Cache.Usage.FreeBlocks, table.Count), Is.EqualTo((4, 0)));
        }
    }

    [Test]
    public void storing_what_was_not_reserved_is_refused()
    {
        CacheHarness harness = Of(blockCount: 4);
        BlockTable table = harness.Begin(Tokens(10));
        Assert.That(() => harness.Cache.Store(table, Tokens(17)), Throws.InvalidOperationException);
        Assert.That(() => harness.Cache.Store(table, Tokens(9)), Throws.InvalidOperationException);
        Assert.That(() => harness.Cache.TryBegin(table, Tokens(9)), Throws.InvalidOperationException);
        harness.Check();
    }

    [Test]
    public void the_work_for_a_block_is_the_same_however_many_tables_there_are()
    {
        Assert.That(OperationsPerBlock(1000), Is.EqualTo(OperationsPerBlock(1)).And.EqualTo(2));
        static double OperationsPerBlock(int tableCount)
        {
            var cache = new KvCacheManager(new KvCacheOptions { BlockCount = 4 * tableCount });
            BlockTable[] tables = [.. Enumerable.Range(0, tableCount).Select(_ => new BlockTable())];
            foreach (BlockTable table in tables)
                cache.TryReserve(table, 50);
            foreach (BlockTable table in tables)
                cache.Free(table);
            return (double)cache.ListOperations / (4 * tableCount);
        }
    }
}
