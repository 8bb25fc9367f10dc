using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Tests.Scheduling;

internal sealed class BranchTests
{
    private static readonly SchedulerOptions Options = new() { MaxModelLength = 512, MaxSequences = 4 };

    [Test]
    public void answers_of_one_prompt_share_its_blocks_and_copy_the_last_one_when_they_part()
    {
        var harness = new SchedulerHarness(Options, new KvCacheOptions { BlockCount = 20 });
        Sequence sequence = harness.Add(promptLength: 40, maxTokens: 8, branches: 3);
        StepBatch batch = harness.Step();
        Assert.That((batch.TokenCount, batch.LogitCount, batch.SequenceCount), Is.EqualTo((40, 4, 1)));
        Assert.That(batch.LogitSequences, Is.EqualTo(harness.Sequences));
        CacheUsage usage = harness.Cache.Usage;
        Assert.That((usage.OwnedBlocks, usage.LogicalBlocks, usage.Saving), Is.EqualTo((3, 12L, 0.75)));
        batch = harness.Step();
        Assert.That((batch.SequenceCount, batch.Transfers.Count, harness.CheckedModel.Copies), Is.EqualTo((4, 3, 3)));
        Assert.That(harness.Cache.Usage.OwnedBlocks, Is.EqualTo(2 + 4));
        harness.RunToEnd();
        Assert.That(harness.Sequences.Select(s => s.GeneratedCount), Is.All.EqualTo(8));
        Assert.That(harness.Sequences.Select(s => s.Generated[0]).Distinct().Count(), Is.EqualTo(4), "each branch draws its own");
        Assert.That(sequence.Branches, Has.Count.EqualTo(3));
    }

    [Test]
    public void a_prompt_waits_until_there_is_a_place_for_each_of_its_answers()
    {
        var harness = new SchedulerHarness(Options, new KvCacheOptions { BlockCount = 40 });
        Sequence first = harness.Add(promptLength: 10, maxTokens: 3);
        Sequence group = harness.Add(promptLength: 10, maxTokens: 3, branches: 3);
        while (first.Status != SequenceStatus.Finished)
            Assert.That(harness.Step().Sequences, Is.EqualTo(new[] { first }));
        Assert.That(harness.Step().Sequences, Is.EqualTo(new[] { group }));
        harness.RunToEnd();
        Assert.That(() => harness.Add(promptLength: 10, maxTokens: 3, branches: 4), Throws.TypeOf<PagedException>());
    }

    [Test]
    public void branches_begin_even_where_the_first_answer_ends_at_once()
    {
        var harness = new SchedulerHarness(Options, new KvCacheOptions { BlockCount = 40 });
        int[] prompt = [1, 2, 3];
        int stop = SlotModel.Draw(prompt, branch: 0);
        Sequence sequence = harness.Add(prompt, new SamplingOptions { MaxTokens = 6, StopTokenIds = [stop] }, branches: 2);
        harness.Step();
        Assert.That((sequence.FinishReason, harness.Scheduler.RunningCount), Is.EqualTo((FinishReason.Stop, 2)));
        harness.RunToEnd();
    }

    [Test]
    public void a_branch_can_be_aborted_before_and_after_it_begins()
    {
        var harness = new SchedulerHarness(Options, new KvCacheOptions { BlockCount = 40 });
        harness.Add(promptLength: 20, maxTokens: 6, branches: 3);
        harness.Scheduler.Abort(harness.Sequences[1]);
        StepBatch batch = harness.Schedule();
        Assert.That(batch.LogitCount, Is.EqualTo(3));
        harness.Scheduler.Abort(harness.Sequences[2]);
        harness.Finish(batch);
        harness.Scheduler.Abort(harness.Sequences[3]);
        harness.RunToEnd();
        Assert.That(harness.Sequences.Select(s => s.FinishReason), Is.EqualTo(new FinishReason?[]
        {
            FinishReason.Length, FinishReason.Abort, FinishReason.Abort, FinishReason.Abort,
        }));
    }

    [Test]
    public void aborting_a_prompt_that_is_not_complete_aborts_all_its_answers()
    {
        var harness = new SchedulerHarness(Options with { MaxBatchedTokens = 8 }, new KvCacheOptions { BlockCount = 40 });
        Sequence sequence = harness.Add(promptLength: 20, maxTokens: 6, branches: 3);
        harness.Step();
        harness.Scheduler.Abort(sequence);
        harness.Scheduler.CheckInvariants();
        Assert.That(harness.Sequences.Select(s => s.FinishReason), Is.All.EqualTo(FinishReason.Abort));
        Assert.That(harness.Scheduler.HasWork, Is.False);
    }
}
