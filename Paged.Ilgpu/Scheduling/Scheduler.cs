using Paged.Ilgpu.Cache;
// The order in which sequences are served; the last one is the first to be preempted.
using SequenceRank = (int Priority, long Arrival, int Branch);

namespace Paged.Ilgpu.Scheduling;

/// <summary>
/// Decides which tokens of which sequences each step computes, and reserves their slots: continuous batching (Orca, Yu et al. 2022) with
/// prompts in chunks beside decode tokens (Sarathi-Serve, Agrawal et al. 2024). As in vLLM there is no prefill and no decode phase: every
/// sequence has tokens and stored tokens, and a step lets the second number catch up with the first.
/// <para>
/// Running sequences are kept in the order of their rank. A step walks them from the first; where one finds no slot, the last one gives
/// up its blocks. So nothing that a step has been given is ever taken away in the same step, and the first sequence always gets on: with
/// every request known to fit alone, each one comes to its end.
/// </para>
/// One step: <see cref="Schedule"/>, run it, <see cref="Finish"/>. Not for several threads at once.
/// </summary>
public sealed partial class Scheduler
{
    private readonly KvCacheManager _cache;
    private readonly PriorityQueue<Sequence, SequenceRank> _waiting = new();
    private readonly List<Sequence> _running = []; // in the order of rank
    private readonly List<Sequence> _finished = []; // of the last step
    private readonly StepBatch _batch;
    private int _runningSlots; // running sequences and their pending branches
    private long _arrivals;
    private bool _stepIsUnderWay;

    /// <summary>Creates a scheduler without sequences.</summary>
    /// <exception cref="PagedException">The options make no sense.</exception>
    public Scheduler(SchedulerOptions options, KvCacheManager cache)
    {
        Options = options.Validated();
        _cache = cache;
        _batch = new StepBatch(options.MaxBatchedTokens, options.MaxSequences, options.MaxBlockIds(cache.Options.BlockSize));
        Statistics = new SchedulerStatistics(options.MaxModelLength);
    }

    /// <summary>How much a step may take on, and in which order.</summary>
    public SchedulerOptions Options { get; }

    /// <summary>What was done so far.</summary>
    public SchedulerStatistics Statistics { get; }

    /// <summary>Sequences that wait, preempted ones among them; branches of a waiting prompt are not counted.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>Sequences that hold blocks.</summary>
    public int RunningCount => _running.Count;

    /// <summary>Whether there is anything left to do.</summary>
    public bool HasWork => _running.Count + _waiting.Count > 0;

    /// <summary>Decides on the next step and reserves its slots.</summary>
    /// <returns>The step's batch, the same object each time, refilled; null where there is nothing left to do.</returns>
    public StepBatch? Schedule()
    {
        if (_stepIsUnderWay)
            throw new InvalidOperationException("the step before has not been finished");
        if (!HasWork)
            return null;
        _cache.Step = ++Statistics.Steps;
        _batch.Begin(Statistics.Steps);
        bool preempted = ScheduleRunning();
        if (!preempted) // whoever had to leave would come straight back
            AdmitWaiting();
        if (_batch.TokenCount == 0)
            throw new InvalidOperationException($"no step for {_running.Count} running and {_waiting.Count} waiting sequences");
        _batch.Complete(_cache.Transfers);
        Statistics.ScheduledTokens += _batch.TokenCount;
        CacheUsage usage = _cache.Usage;
        Statistics.Usage.Record(usage, _running.Count);
        if (_waiting.Count > 0)
            Statistics.UsageWhileRequestsWait.Record(usage, _running.Count);
        _stepIsUnderWay = true;
        return _batch;
    }

    /// <summary>
    /// Appends what was drawn, lets the branches of completed prompts begin, and ends sequences: their blocks are free at once.
    /// </summary>
    /// <param name="batch">The batch that was scheduled last.</param>
    /// <param name="sampledIds">The id drawn for each row of logits. [logit row]</param>
    /// <returns>The sequences that ended; valid until the next call.</returns>
    public IReadOnlyList<Sequence> Finish(StepBatch batch, ReadOnlySpan<int> sampledIds)
    {
        if (!_stepIsUnderWay || batch != _batch)
            throw new InvalidOperationException("only the step that was scheduled last can be finished, once");
        if (sampledIds.Length != batch.LogitCount)
            throw new ArgumentException($"{sampledIds.Length} ids were drawn for {batch.LogitCount} rows of logits", nameof(sampledIds));
        _stepIsUnderWay = false;
        _finished.Clear();
        for (int row = 0; row < sampledIds.Length; row++)
        {
            Sequence sequence = batch.LogitSequences[row];
            if (sequence.Status == SequenceStatus.Finished) // aborted while the step ran
                continue;
            if (sequence.PendingBranches.Length > 0)
                BeginBranches(sequence);
            sequence.Append(sampledIds[row]);
            Statistics.GeneratedTokens++;
            if (sequence.GeneratedCount == 1 && sequence.Branch == 0)
                Statistics.PromptTokens += sequence.PromptLength;
            if (ReasonToEnd(sequence) is { } reason)
                End(sequence, reason);
        }

        if (_finished.Count > 0)
            _running.RemoveAll(static sequence => sequence.Status == SequenceStatus.Finished);
        Statistics.FinishedSequences += _finished.Count;
        return _finished;
    }

    private static FinishReason? ReasonToEnd(Sequence sequence)
    {
        if (sequence.Answer.HasStopped)
            return FinishReason.Stop;
        return sequence.TokenCount >= sequence.MaxLength ? FinishReason.Length : null;
    }

    private void End(Sequence sequence, FinishReason reason)
    {
        _cache.Free(sequence.BlockTable);
        _runningSlots--;
        sequence.Status = SequenceStatus.Finished;
        sequence.FinishReason = reason;
        _finished.Add(sequence);
    }

    /// <summary>Lets every branch share what its prompt has stored.</summary>
    private void BeginBranches(Sequence sequence)
    {
        foreach (Sequence branch in sequence.PendingBranches)
        {
            if (branch.Status == SequenceStatus.Finished) // aborted before it began
            {
                _runningSlots--;
                continue;
            }

            branch.EnsureCapacity(branch.MaxLength);
            _cache.Fork(sequence.BlockTable, branch.BlockTable);
            branch.Status = SequenceStatus.Running;
            branch.CachedPromptTokens = sequence.PromptLength;
            InsertRunning(branch);
        }

        sequence.ReleaseBranches();
    }

    private void InsertRunning(Sequence sequence)
    {
        SequenceRank rank = RankOf(sequence);
        int index = _running.Count;
        while (index > 0 && RankOf(_running[index - 1]).CompareTo(rank) > 0)
            index--;
        _running.Insert(index, sequence);
    }

    private SequenceRank RankOf(Sequence sequence) =>
        new(Options.Policy == SchedulingPolicy.Priority ? sequence.Priority : 0, sequence.Arrival, sequence.Branch);
}
