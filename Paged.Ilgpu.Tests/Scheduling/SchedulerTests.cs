using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Tests.Scheduling;

internal sealed class SchedulerTests
{
    [Test]
    public void a_sequence_that_ends_leaves_at_once_and_a_waiting_one_joins_in_the_same_step()
    {
        SchedulerHarness harness = Harness(blockCount: 100, maxSequences: 2);
        Sequence first = harness.Add(promptLength: 5, maxTokens: 1);
        Sequence second = harness.Add(promptLength: 6, maxTokens: 3);
        Sequence third = harness.Add(promptLength: 7, maxTokens: 1);
        Assert.That(harness.Step().Sequences, Is.EqualTo(new[] { first, second }));
        Assert.That((first.Status, first.FinishReason), Is.EqualTo((SequenceStatus.Finished, FinishReason.Length)));
        Assert.That(first.BlockTable.Count, Is.Zero);
        StepBatch batch = harness.Step();
        Assert.That(batch.Sequences, Is.EqualTo(new[] { second, third }));
        Assert.That(SchedulerHarness.TokenCounts(batch), Is.EqualTo(new[] { 1, 7 }));
        harness.RunToEnd();
    }

    [Test]
    public void a_prompt_that_fills_its_blocks_gets_one_for_its_next_token()
    {
        SchedulerHarness harness = Harness(blockCount: 4);
        Sequence sequence = harness.Add(promptLength: 32, maxTokens: 2);
        harness.Step();
        Assert.That(sequence.BlockTable.Count, Is.EqualTo(2));
        StepBatch batch = harness.Schedule();
        Assert.That(sequence.BlockTable.Count, Is.EqualTo(3));
        Assert.That((batch.Positions[0], batch.ContextLengths[0]), Is.EqualTo((32, 33)));
    }

    [Test]
    public void a_stop_id_ends_a_sequence_unless_it_is_ignored_or_comes_too_early()
    {
        int[] prompt = [1, 2, 3];
        int drawn = SlotModel.Draw(prompt, branch: 0);
        SchedulerHarness harness = Harness(blockCount: 100);
        Sequence stopped = harness.Add(prompt, new SamplingOptions { MaxTokens = 5, StopTokenIds = [drawn] });
        Sequence ignoring = harness.Add(prompt, new SamplingOptions { MaxTokens = 5, StopTokenIds = [drawn], IgnoreEos = true });
        Sequence longer = harness.Add(prompt, new SamplingOptions { MaxTokens = 5, StopTokenIds = [drawn], MinTokens = 2 });
        harness.RunToEnd();
        Assert.That((stopped.FinishReason, stopped.Generated.ToArray()), Is.EqualTo((FinishReason.Stop, new[] { drawn })));
        Assert.That((ignoring.FinishReason, ignoring.GeneratedCount), Is.EqualTo((FinishReason.Length, 5)));
        Assert.That(longer.GeneratedCount, Is.GreaterThan(1));
    }

    [Test]
    public void the_length_of_the_model_ends_a_sequence()
    {
        SchedulerHarness harness = Harness(blockCount: 4, maxModelLength: 64);
        Sequence sequence = harness.Add([.. Enumerable.Range(0, 60)], new SamplingOptions());
        harness.RunToEnd();
        Assert.That((sequence.FinishReason, sequence.TokenCount), Is.EqualTo((FinishReason.Length, 64)));
    }

    [Test]
    public void budget_and_threshold_share_a_step_among_long_prompts()
    {
        SchedulerHarness harness = Harness(blockCount: 1000, maxBatchedTokens: 1024, threshold: 400, maxModelLength: 4096);
        for (int seed = 1; seed <= 3; seed++)
            harness.Add(promptLength: 800, maxTokens: 4, seed: seed);
        StepBatch batch = harness.Schedule();
        Assert.That(SchedulerHarness.TokenCounts(batch), Is.EqualTo(new[] { 400, 400, 224 }));
        Assert.That(batch.LogitCount, Is.Zero);
        harness.Finish(batch);
        harness.RunToEnd();
    }

    [Test]
    public void the_first_to_need_a_block_too_many_preempts_the_later_one()
    {
        SchedulerHarness harness = Harness(blockCount: 10);
        Sequence first = harness.Add(promptLength: 80, maxTokens: 10, seed: 1);
        Sequence second = harness.Add(promptLength: 80, maxTokens: 10, seed: 2);
        harness.Step();
        Assert.That(harness.Cache.Usage.OwnedBlocks, Is.EqualTo(10));
        int kept = second.Generated[0];
        StepBatch batch = harness.Step();
        Assert.That(batch.Sequences, Is.EqualTo(new[] { first }));
        Assert.That((second.Status, second.PreemptionCount, second.BlockTable.Count), Is.EqualTo((SequenceStatus.Preempted, 1, 0)));
        Assert.That(second.Generated.ToArray(), Is.EqualTo(new[] { kept }));
        harness.RunToEnd();
        Assert.That((first.PreemptionCount, harness.Scheduler.Statistics.Preemptions), Is.EqualTo((0, 1L)));
    }

    [TestCase(0, 1)]
    [TestCase(4, 0)]
    public void headroom_keeps_a_newcomer_out_that_would_soon_be_preempted(int headroom, int preemptions)
    {
        var options = new SchedulerOptions { MaxModelLength = 64, AdmissionHeadroomTokens = headroom };
        var harness = new SchedulerHarness(options, new KvCacheOptions { BlockSize = 4, BlockCount = 12 });
        harness.Add(promptLength: 28, maxTokens: 8, seed: 1);
        harness.Add(promptLength: 20, maxTokens: 2, seed: 2);
        harness.RunToEnd();
        Assert.That(harness.Scheduler.Statistics.Preemptions, Is.EqualTo(preemptions));
    }

    [Test]
    public void without_chunking_a_long_head_blocks_the_short_ones_behind_it()
    {
        SchedulerHarness harness = Harness(blockCount: 1000, maxBatchedTokens: 512, maxModelLength: 512, chunked: false);
        harness.Add(promptLength: 100, maxTokens: 5);
        harness.Add(promptLength: 500, maxTokens: 5);
        harness.Add(promptLength: 10, maxTokens: 5);
        Assert.That(SchedulerHarness.TokenCounts(harness.Step()), Is.EqualTo(new[] { 100 }));
        Assert.That(SchedulerHarness.TokenCounts(harness.Step()), Is.EqualTo(new[] { 1, 500, 10 }));
        harness.RunToEnd();
    }

    [Test]
    public void with_chunking_a_long_head_does_not_block_the_short_ones_behind_it()
    {
        SchedulerHarness harness = Harness(blockCount: 1000, maxBatchedTokens: 512, maxModelLength: 4096, threshold: 256);
        harness.Add(promptLength: 3000, maxTokens: 5);
        Sequence small = harness.Add(promptLength: 10, maxTokens: 5);
        Assert.That(SchedulerHarness.TokenCounts(harness.Step()), Is.EqualTo(new[] { 256, 10 }));
        Assert.That(small.GeneratedCount, Is.EqualTo(1));
        harness.RunToEnd();
    }

    [Test]
    public void by_priority_the_more_urgent_goes_first_and_the_least_urgent_is_preempted()
    {
        SchedulerHarness harness = Harness(blockCount: 10, policy: SchedulingPolicy.Priority);
        Sequence low = harness.Add(promptLength: 40, maxTokens: 20, priority: 5, seed: 1);
        harness.Step();
        Sequence high = harness.Add(promptLength: 80, maxTokens: 20, priority: -1, seed: 2);
        Assert.That(harness.Step().Sequences, Is.EqualTo(new[] { low, high }));
        Assert.That(harness.Step().Sequences, Is.EqualTo(new[] { high, low }));
        while (low.PreemptionCount == 0 && high.Status != SequenceStatus.Finished)
            harness.Step();
        Assert.That((low.PreemptionCount, high.PreemptionCount), Is.EqualTo((1, 0)));
        harness.RunToEnd();
    }

    [TestCase(64, 1, "prompt has 64 tokens")]
    [TestCase(50, 10, "50 prompt tokens and up to 10 of the answer need 4 blocks of 16 tokens, and the KV cache has 3")]
    public void what_can_never_fit_is_refused_with_the_arithmetic(int promptLength, int maxTokens, string arithmetic)
    {
        SchedulerHarness harness = Harness(blockCount: 3, maxModelLength: 64);
        Sequence other = harness.Add(promptLength: 10, maxTokens: 3);
        Assert.That(() => harness.Add(promptLength, maxTokens), Throws.TypeOf<PagedException>().With.Message.Contains(arithmetic));
        harness.RunToEnd();
        Assert.That(other.FinishReason, Is.EqualTo(FinishReason.Length));
    }

    [Test]
    public void the_last_token_drawn_needs_no_slot()
    {
        SchedulerHarness harness = Harness(blockCount: 3, maxModelLength: 64);
        Sequence sequence = harness.Add(promptLength: 40, maxTokens: 9);
        harness.RunToEnd();
        Assert.That((sequence.GeneratedCount, harness.Scheduler.Statistics.Usage.PeakOwnedSlots), Is.EqualTo((9, 48L)));
    }

    [Test]
    public void an_aborted_sequence_leaves_wherever_it_is()
    {
        SchedulerHarness harness = Harness(blockCount: 10);
        Sequence running = harness.Add(promptLength: 80, maxTokens: 50, seed: 1);
        Sequence preempted = harness.Add(promptLength: 80, maxTokens: 50, seed: 2);
        Sequence waiting = harness.Add(promptLength: 80, maxTokens: 50, seed: 3);
        harness.Step();
        harness.Step();
        StepBatch batch = harness.Schedule();
        Assert.That(preempted.Status, Is.EqualTo(SequenceStatus.Preempted));
        foreach (Sequence sequence in harness.Sequences)
        {
            harness.Scheduler.Abort(sequence);
            harness.Scheduler.CheckInvariants();
            Assert.That((sequence.Status, sequence.FinishReason), Is.EqualTo((SequenceStatus.Finished, FinishReason.Abort)));
        }

        int drawn = running.GeneratedCount;
        harness.Finish(batch);
        Assert.That(running.GeneratedCount, Is.EqualTo(drawn));
        Assert.That((harness.Scheduler.HasWork, waiting.GeneratedCount, harness.Cache.Usage.OwnedBlocks), Is.EqualTo((false, 0, 0)));
    }

    [Test]
    public void the_naive_cache_is_the_same_code_with_one_block_a_sequence()
    {
        var options = new SchedulerOptions { MaxModelLength = 512 };
        var harness = new SchedulerHarness(options, KvCacheOptions.Naive(maxModelLength: 512, sequenceCount: 4));
        for (int seed = 1; seed <= 9; seed++)
            harness.Add(promptLength: 20 * seed, maxTokens: 16, seed: seed);
        harness.RunToEnd();
        CacheUsageStatistics usage = harness.Scheduler.Statistics.Usage;
        Assert.That((usage.PeakSequences, usage.PeakOwnedSlots, usage.PeakNaiveSlots), Is.EqualTo((4, 2048L, 2048L)));
        Assert.That(usage.AverageWastedSlots, Is.GreaterThan(0.7 * usage.AverageOwnedSlots));
    }

    [Test]
    public void options_that_make_no_sense_are_named()
    {
        SchedulerOptions good = new() { MaxModelLength = 512 };
        Assert.That(() => (good with { MaxSequences = 0 }).Validated(), Throws.TypeOf<PagedException>());
        Assert.That(() => (good with { MaxBatchedTokens = 0 }).Validated(), Throws.TypeOf<PagedException>());
        Assert.That(() => (good with { MaxModelLength = 1 }).Validated(), Throws.TypeOf<PagedException>());
        Assert.That(() => (good with { LongPrefillTokenThreshold = -1 }).Validated(), Throws.TypeOf<PagedException>());
        Assert.That(() => (good with { AdmissionHeadroomTokens = -1 }).Validated(), Throws.TypeOf<PagedException>());
        SchedulerOptions whole = good with { EnableChunkedPrefill = false, MaxBatchedTokens = 511 };
        Assert.That(() => whole.Validated(), Throws.TypeOf<PagedException>().With.Message.Contains("511"));
        Assert.That(() => new KvCacheOptions { BlockCount = 0 }.Validated(), Throws.TypeOf<PagedException>());
        Assert.That(() => new SamplingOptions { MaxTokens = 0 }.Validated(), Throws.TypeOf<PagedException>());
    }

    private static SchedulerHarness Harness(
        int blockCount,
        int maxSequences = 256,
        int maxBatchedTokens = 2048,
        int maxModelLength = 512,
        int threshold = 0,
        bool chunked = true,
        SchedulingPolicy policy = SchedulingPolicy.Fcfs)
    {
        var options = new SchedulerOptions
        {
            MaxSequences = maxSequences,
            MaxBatchedTokens = maxBatchedTokens,
            MaxModelLength = maxModelLength,
            LongPrefillTokenThreshold = threshold,
            EnableChunkedPrefill = chunked,
            Policy = policy,
        };
        return new SchedulerHarness(options, new KvCacheOptions { BlockSize = 16, BlockCount = blockCount });
    }
}
