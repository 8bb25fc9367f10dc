namespace Paged.Ilgpu.Scheduling;

/// <summary>How sequences come, and how they go before their time.</summary>
public sealed partial class Scheduler
{
    /// <summary>Lets a sequence, with its branches, wait for its turn.</summary>
    /// <exception cref="PagedException">It can never fit; the message has the arithmetic, and nothing else is touched.</exception>
    public void Add(Sequence sequence)
    {
        if (sequence.Arrival != 0 || sequence.Branch != 0)
            throw new InvalidOperationException($"sequence {sequence.Id} was added before");
        RefuseWhatCannotFit(sequence);
        foreach (Sequence branch in sequence.Branches)
            RefuseWhatCannotFit(branch);
        sequence.Arrival = ++_arrivals;
        foreach (Sequence branch in sequence.Branches)
            branch.Arrival = sequence.Arrival;

        _waiting.Enqueue(sequence, RankOf(sequence));
    }

    /// <summary>
    /// Ends a sequence that nobody wants any more, wherever it is, with the branches that wait for its prompt. One that has ended stays
    /// as it is. May be called while a step is under way: what that draws for it is dropped.
    /// </summary>
    public void Abort(Sequence sequence)
    {
        switch (sequence.Status)
        {
            case SequenceStatus.Finished:
                return;
            case SequenceStatus.Running:
                _running.Remove(sequence);
                _runningSlots -= sequence.GroupSize;
                break;
            default:
                _waiting.Remove(sequence, out _, out _); // a pending branch is not among them
                break;
        }

        _cache.Free(sequence.BlockTable);
        MarkAborted(sequence);
        foreach (Sequence branch in sequence.PendingBranches)
            MarkAborted(branch);
    }

    private static void MarkAborted(Sequence sequence)
    {
        if (sequence.Status == SequenceStatus.Finished)
            return;
        sequence.Status = SequenceStatus.Finished;
        sequence.FinishReason = FinishReason.Abort;
    }

    private void RefuseWhatCannotFit(Sequence sequence)
    {
        string request = $"Request {sequence.Id} can never fit:";
        if (sequence.PromptLength >= Options.MaxModelLength)
        {
            throw new PagedException($"{request} its prompt has {sequence.PromptLength} tokens and prompt and answer together may have "
                + $"{Options.MaxModelLength} (--max-model-len); at least one must be left for the answer.");
        }

        sequence.LimitLength(Options.MaxModelLength);
        int stored = sequence.MaxLength - 1; // the last token drawn is never stored
        int needed = _cache.BlocksFor(stored);
        if (needed > _cache.Options.BlockCount)
        {
            throw new PagedException($"{request} {sequence.PromptLength} prompt tokens and up to {stored + 1 - sequence.PromptLength} "
                + $"of the answer need {needed} blocks of {_cache.Options.BlockSize} tokens, and the KV cache has "
                + $"{_cache.Options.BlockCount}; allow fewer tokens or a larger cache.");
        }

        if (sequence.GroupSize > Options.MaxSequences)
        {
            throw new PagedException($"{request} it asks for {sequence.GroupSize} answers and at most {Options.MaxSequences} sequences "
                + "run at once (--max-num-seqs).");
        }
    }
}
