using Paged.Ilgpu.Cache;
using static Paged.Ilgpu.Tests.Cache.CacheHarness;

namespace Paged.Ilgpu.Tests.Cache;

internal sealed class PrefixCachingTests
{
    [Test]
    public void a_prompt_of_55_takes_4_blocks_and_a_second_with_the_same_48_hits_3_and_takes_1()
    {
        CacheHarness harness = Of(blockCount: 10);
        BlockTable first = harness.Begin(Tokens(55));
        Assert.That((first.Count, first.IndexedBlocks), Is.EqualTo((4, 3)));
        BlockTable second = harness.TryBegin([.. Tokens(48), 900, 901, 902])!;
        Assert.That((second.StoredTokens, second.Count), Is.EqualTo((48, 3)));
        Assert.That(second.Blocks.ToArray(), Is.EqualTo(first.Blocks[..3].ToArray()));
        Assert.That(harness.Cache.References(second.Blocks[2]), Is.EqualTo(2));
        harness.Append(second, [.. Tokens(48), 900, 901, 902]);
        Assert.That(harness.Cache.Usage.OwnedBlocks, Is.EqualTo(5));
    }

    [Test]
    public void four_more_tokens_fit_and_nineteen_more_take_a_block_and_index_the_one_that_filled()
    {
        CacheHarness harness = Of(blockCount: 10);
        BlockTable table = harness.Begin(Tokens(55));
        harness.Append(table, Tokens(59));
        Assert.That((table.Count, table.IndexedBlocks), Is.EqualTo((4, 3)));
        harness.Append(table, Tokens(78));
        Assert.That((table.Count, table.IndexedBlocks), Is.EqualTo((5, 4)));
    }

    [Test]
    public void at_least_the_last_token_is_computed()
    {
        CacheHarness harness = Of(blockCount: 10);
        harness.Begin(Tokens(48));
        Assert.That(harness.TryBegin(Tokens(48))!.StoredTokens, Is.EqualTo(32));
        Assert.That(harness.TryBegin(Tokens(49))!.StoredTokens, Is.EqualTo(48));
        Assert.That(harness.TryBegin(Tokens(16))!.StoredTokens, Is.Zero);
    }

    [Test]
    public void hits_outlive_their_owner_until_the_block_is_taken()
    {
        CacheHarness harness = Of(blockCount: 4);
        harness.Free(harness.Begin(Tokens(49)));
        Assert.That((harness.Cache.Usage.CachedBlocks, harness.Cache.Usage.FreeBlocks), Is.EqualTo((3, 1)));
        BlockTable again = harness.TryBegin(Tokens(49))!;
        Assert.That(again.StoredTokens, Is.EqualTo(48));
        harness.Free(again);
        harness.Free(harness.Begin(Tokens(30, from: 500))); // takes the free block and the end of the cached ones
        Assert.That(harness.TryBegin(Tokens(49))!.StoredTokens, Is.EqualTo(32));
    }

    [Test]
    public void a_hit_is_touched_before_anything_is_evicted_for_its_sequence()
    {
        CacheHarness harness = Of(blockCount: 4);
        harness.Free(harness.Begin(Tokens(64)));
        BlockTable table = harness.Begin([.. Tokens(32), .. Tokens(32, from: 700)]);
        Assert.That((table.Count, harness.Cache.Usage.OwnedBlocks), Is.EqualTo((4, 4)));
        harness.Free(table);
        Assert.That(harness.TryBegin(Tokens(65, from: 0)), Is.Null, "five blocks do not fit into four");
    }

    [Test]
    public void hits_do_not_count_as_room_for_the_rest()
    {
        CacheHarness harness = Of(blockCount: 4);
        harness.Free(harness.Begin(Tokens(48)));
        harness.Begin(Tokens(16, from: 300)); // one block left beside three cached ones
        CacheUsage before = harness.Cache.Usage;
        Assert.That(harness.TryBegin([.. Tokens(48), .. Tokens(1, from: 400)]), Is.Null);
        Assert.That(harness.Cache.Usage, Is.EqualTo(before));
    }

    [Test]
    public void only_equal_salts_share()
    {
        CacheHarness harness = Of(blockCount: 20);
        harness.Begin(Tokens(40), salt: "a");
        Assert.That(harness.TryBegin(Tokens(40), salt: "b")!.StoredTokens, Is.Zero);
        Assert.That(harness.TryBegin(Tokens(40))!.StoredTokens, Is.Zero);
        Assert.That(harness.TryBegin(Tokens(40), salt: "a")!.StoredTokens, Is.EqualTo(32));
    }

    [Test]
    public void twins_coexist_and_each_serves_when_the_other_is_gone()
    {
        CacheHarness harness = Of(blockCount: 6);
        BlockTable first = harness.TryBegin(Tokens(33))!;
        BlockTable second = harness.TryBegin(Tokens(33))!; // begins before the first has stored anything
        harness.Append(first, Tokens(33));
        harness.Append(second, Tokens(33));
        Assert.That(harness.Cache.Usage.OwnedBlocks, Is.EqualTo(6));
        harness.Free(first);
        BlockTable other = harness.Begin(Tokens(48, from: 800));
        Assert.That(harness.Cache.Usage.FreeBlocks + harness.Cache.Usage.CachedBlocks, Is.Zero);
        harness.Free(other);
        Assert.That(harness.TryBegin(Tokens(33))!.Blocks.ToArray(), Is.EqualTo(second.Blocks[..2].ToArray()));
    }

    [Test]
    public void the_same_block_of_tokens_after_another_prefix_is_no_hit()
    {
        CacheHarness harness = Of(blockCount: 20);
        harness.Begin([.. Tokens(16), .. Tokens(16, from: 50), 1]);
        harness.Begin([.. Tokens(16, from: 90), .. Tokens(16), 1]);
        BlockTable table = harness.TryBegin([.. Tokens(16, from: 90), .. Tokens(16, from: 50), 1])!;
        Assert.That(table.StoredTokens, Is.EqualTo(16));
    }

    [Test]
    public void a_hash_collision_costs_time_but_never_gives_a_wrong_block()
    {
        const int Seed = 7;
        var random = new Random(Seed);
        TestContext.Out.WriteLine($"seed {Seed}");
        var options = new KvCacheOptions { BlockCount = 60, BlockSize = 2, EnablePrefixCaching = true };
        var harness = new CacheHarness(options, hashMask: 1); // two hashes in all
        var contents = new Dictionary<int, int[]>(); // block → all tokens up to its end
        for (int round = 0; round < 2000; round++)
        {
            int[] tokens = [.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => random.Next(3))];
            if (harness.TryBegin(tokens) is not { } table)
            {
                harness.Free(harness.Tables[random.Next(harness.Tables.Count)]);
                continue;
            }

            for (int index = 0; index < table.Count; index++)
                Assert.That(contents[table.Blocks[index]], Is.EqualTo(tokens[..(2 * (index + 1))]));
            harness.Append(table, tokens);
            for (int index = 0; index < tokens.Length / 2; index++)
                contents[table.Blocks[index]] = tokens[..(2 * (index + 1))];
        }
    }

    [Test]
    public void reset_refuses_while_blocks_are_in_use()
    {
        CacheHarness harness = Of(blockCount: 6);
        BlockTable table = harness.Begin(Tokens(40));
        Assert.That(harness.Cache.TryResetPrefixes(), Is.False);
        harness.Free(table);
        Assert.That(harness.Cache.TryResetPrefixes(), Is.True);
        harness.Check();
        Assert.That((harness.Cache.Usage.CachedBlocks, harness.Cache.Usage.FreeBlocks), Is.EqualTo((0, 6)));
        Assert.That(harness.TryBegin(Tokens(40))!.StoredTokens, Is.Zero);
    }

    [Test]
    public void switched_off_nothing_is_found_or_kept()
    {
        CacheHarness harness = Of(blockCount: 6, prefixCaching: false);
        harness.Free(harness.Begin(Tokens(40)));
        Assert.That(harness.Cache.Usage.FreeBlocks, Is.EqualTo(6));
        Assert.That(harness.TryBegin(Tokens(40))!.StoredTokens, Is.Zero);
    }

    [Test]
    public void the_hit_rate_looks_back_over_a_window_of_requests()
    {
        var rate = new PrefixHitRate(windowLength: 2);
        Assert.That(rate.Recent, Is.Zero);
        rate.Record(100, 0);
        rate.Record(100, 50);
        rate.Record(100, 100);
        Assert.That((rate.Recent, rate.Overall), Is.EqualTo((0.75, 0.5)));
    }
}
