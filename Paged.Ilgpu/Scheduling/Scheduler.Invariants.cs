namespace Paged.Ilgpu.Scheduling;

/// <summary>The proof that the books are right.</summary>
public sealed partial class Scheduler
{
    /// <summary>
    /// Proves order, places and statuses of all sequences, and with their tables the whole cache. Linear in pool and sequences.
    /// </summary>
    /// <exception cref="InvalidOperationException">Something is not as it must be; the message says what.</exception>
    public void CheckInvariants()
    {
        int slots = 0;
        for (int index = 0; index < _running.Count; index++)
        {
            Sequence sequence = _running[index];
            slots += sequence.GroupSize;
            Require(sequence.Status == SequenceStatus.Running, sequence, $"runs with the status {sequence.Status}");
            Require(!sequence.BlockTable.IsSwapped, sequence, "runs from swap space");
            Require(
                index == 0 || RankOf(_running[index - 1]).CompareTo(RankOf(sequence)) < 0, sequence, "runs out of its order");
            Require(
                _stepIsUnderWay || sequence.ComputedTokens < sequence.TokenCount, sequence, "runs with nothing left to compute");
        }

        if (slots != _runningSlots || slots > Options.MaxSequences)
            throw new InvalidOperationException($"scheduler: {slots} places taken, {_runningSlots} counted, {Options.MaxSequences} there");
        foreach ((Sequence sequence, _) in _waiting.UnorderedItems)
        {
            bool holdsNothing = sequence.BlockTable.Count == 0;
            bool waits = sequence.Status == SequenceStatus.Waiting && holdsNothing;
            bool isPreempted = sequence.Status == SequenceStatus.Preempted && (holdsNothing || sequence.BlockTable.IsSwapped);
            Require(waits || isPreempted, sequence, $"waits with the status {sequence.Status} and {sequence.BlockTable.Count} blocks");
        }

        _cache.CheckInvariants(_running.Concat(_waiting.UnorderedItems.Select(item => item.Element)).Select(s => s.BlockTable));
    }

    private static void Require(bool condition, Sequence sequence, string otherwise)
    {
        if (!condition)
            throw new InvalidOperationException($"scheduler: sequence {sequence.Id} {otherwise}");
    }
}
