namespace Paged.Ilgpu.Scheduling;

/// <summary>How a step is filled.</summary>
public sealed partial class Scheduler
{
    /// <summary>Gives running sequences their tokens, the last ones' blocks where there are too few.</summary>
    /// <returns>True where a sequence had to leave.</returns>
    private bool ScheduleRunning()
    {
        bool preempted = false;
        int budget = Options.MaxBatchedTokens;
        for (int index = 0; index < _running.Count && budget > 0; index++) // Count falls as the last ones leave
        {
            Sequence sequence = _running[index];
            int tokenCount = NextTokens(sequence, budget);
            while (!_cache.TryReserve(sequence.BlockTable, tokenCount))
            {
                preempted = true;
                Sequence last = _running[^1];
                PreemptLast();
                if (last == sequence)
                    return preempted;
            }

            AddToBatch(sequence, tokenCount);
            budget -= tokenCount;
        }

        return preempted;
    }

    /// <summary>Lets waiting sequences begin, strictly in their order, as long as budget, places and blocks suffice.</summary>
    private void AdmitWaiting()
    {
        int budget = Options.MaxBatchedTokens - _batch.TokenCount;
        while (budget > 0 && _waiting.TryPeek(out Sequence? sequence, out _))
        {
            int mostNewTokens = Options.EnableChunkedPrefill ? int.MaxValue : budget;
            int spareBlocks = (int)((long)_running.Count * Options.AdmissionHeadroomTokens / _cache.Options.BlockSize);
            if (_runningSlots + sequence.GroupSize > Options.MaxSequences
                || !_cache.TryBegin(sequence.BlockTable, sequence.Tokens, mostNewTokens, spareBlocks))
            {
                return;
            }

            _waiting.Dequeue();
            Begin(sequence);
            int tokenCount = NextTokens(sequence, budget);
            if (!_cache.TryReserve(sequence.BlockTable, tokenCount))
                throw new InvalidOperationException($"sequence {sequence.Id} was let in but finds no blocks");
            AddToBatch(sequence, tokenCount);
            budget -= tokenCount;
        }
    }

    private void Begin(Sequence sequence)
    {
        sequence.EnsureCapacity(sequence.MaxLength);
        sequence.BlockTable.EnsureCapacity(_cache.BlocksFor(sequence.MaxLength));
        if (sequence.Status == SequenceStatus.Waiting)
        {
            sequence.CachedPromptTokens = sequence.ComputedTokens;
            Statistics.PrefixHits.Record(sequence.PromptLength, sequence.ComputedTokens);
        }
        else
        {
            Statistics.RecomputedTokens += Math.Max(0, sequence.DroppedTokens - sequence.ComputedTokens);
        }

        sequence.Status = SequenceStatus.Running;
        _runningSlots += sequence.GroupSize;
        InsertRunning(sequence);
    }

    private int NextTokens(Sequence sequence, int budget)
    {
        int tokenCount = Math.Min(sequence.TokenCount - sequence.ComputedTokens, budget);
        int threshold = Options.LongPrefillTokenThreshold;
        return threshold > 0 ? Math.Min(tokenCount, threshold) : tokenCount;
    }

    private void AddToBatch(Sequence sequence, int tokenCount)
    {
        int firstPosition = sequence.ComputedTokens;
        _cache.Store(sequence.BlockTable, sequence.Tokens[..(firstPosition + tokenCount)]);
        _batch.Add(sequence, firstPosition, tokenCount);
    }

    /// <summary>Takes the blocks of the sequence that is last in rank; what it has drawn it keeps.</summary>
    private void PreemptLast()
    {
        Sequence sequence = _running[^1];
        _running.RemoveAt(_running.Count - 1);
        _runningSlots -= sequence.GroupSize;
        Statistics.Preemptions++;
        sequence.PreemptionCount++;
        sequence.Status = SequenceStatus.Preempted;
        if (Options.PreemptionMode == PreemptionMode.Swap && _cache.TrySwapOut(sequence.BlockTable))
        {
            Statistics.SwapOuts++;
            sequence.DroppedTokens = 0;
        }
        else
        {
            sequence.DroppedTokens = sequence.ComputedTokens;
            _cache.Free(sequence.BlockTable);
        }

        _waiting.Enqueue(sequence, RankOf(sequence));
    }
}
