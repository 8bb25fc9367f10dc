using Paged.Ilgpu.Cache;

namespace Paged.Ilgpu.Tests.Cache;

internal sealed class BlockPoolTests
{
    [Test]
    public void blocks_are_taken_from_zero_upwards()
    {
        var pool = new BlockPool(3);
        Assert.That(TakeAll(pool), Is.EqualTo(new[] { 0, 1, 2 }));
        pool.CheckInvariants();
    }

    [Test]
    public void an_empty_pool_refuses_and_changes_nothing()
    {
        var pool = new BlockPool(4);
        TakeAll(pool);
        for (int round = 0; round < 100; round++)
        {
            Assert.Throws<InvalidOperationException>(() => pool.Take(out _));
            Assert.That(pool.OwnedCount, Is.EqualTo(4));
            pool.Release(2);
            Assert.That(pool.Take(out _), Is.EqualTo(2));
            pool.CheckInvariants();
        }
    }

    [TestCase(1, "no owner", TestName = "a_double_free_throws_and_changes_nothing")]
    [TestCase(7, "not of this pool", TestName = "a_foreign_free_throws_and_changes_nothing")]
    [TestCase(-1, "not of this pool", TestName = "a_negative_free_throws_and_changes_nothing")]
    public void a_wrong_free_throws_and_changes_nothing(int block, string because)
    {
        var pool = new BlockPool(3);
        TakeAll(pool);
        pool.Release(1);
        Assert.That(() => pool.Release(block), Throws.InvalidOperationException.With.Message.Contains(because));
        Assert.That((pool.OwnedCount, pool.FreeCount, pool.ReferenceCount), Is.EqualTo((2, 1, 2L)));
        pool.CheckInvariants();
    }

    [Test]
    public void a_free_block_cannot_be_shared_or_kept()
    {
        var pool = new BlockPool(1);
        Assert.Throws<InvalidOperationException>(() => pool.AddReference(0));
        Assert.Throws<InvalidOperationException>(() => pool.Keep(0));
        pool.CheckInvariants();
    }

    [Test]
    public void kept_blocks_are_taken_last_and_the_end_of_a_sequence_before_its_beginning()
    {
        var pool = new BlockPool(4);
        TakeAll(pool);
        pool.Keep(0);
        pool.Keep(1);
        for (int block = 3; block >= 0; block--)
            pool.Release(block);
        Assert.That((pool.FreeCount, pool.CachedCount), Is.EqualTo((2, 2)));
        Assert.That(TakeAll(pool), Is.EqualTo(new[] { 2, 3, 1, 0 }));
        pool.CheckInvariants();
    }

    [Test]
    public void a_cached_block_is_taken_out_of_the_middle_of_the_list()
    {
        var pool = new BlockPool(3);
        TakeAll(pool);
        foreach (int block in new[] { 0, 1, 2 })
            pool.Keep(block);
        foreach (int block in new[] { 0, 1, 2 })
            pool.Release(block);
        pool.AddReference(1);
        pool.AddReference(1);
        Assert.That((pool.References(1), pool.SharedCount, pool.CachedCount), Is.EqualTo((2, 1, 2)));
        pool.CheckInvariants();
        Assert.That(TakeAll(pool), Is.EqualTo(new[] { 0, 2 }));
        Assert.That(pool.Release(1), Is.False);
        Assert.That(pool.Release(1), Is.True);
        pool.CheckInvariants();
    }

    [Test]
    public void taking_a_kept_block_says_so_and_forgets_its_contents()
    {
        var pool = new BlockPool(1);
        pool.Take(out bool wasKept);
        Assert.That(wasKept, Is.False);
        pool.Keep(0);
        pool.Release(0);
        pool.Take(out wasKept);
        Assert.That(wasKept, Is.True);
        Assert.That(pool.IsKept(0), Is.False);
    }

    private static List<int> TakeAll(BlockPool pool)
    {
        var taken = new List<int>();
        while (pool.AvailableCount > 0)
            taken.Add(pool.Take(out _));
        return taken;
    }
}
