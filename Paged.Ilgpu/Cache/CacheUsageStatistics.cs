namespace Paged.Ilgpu.Cache;

/// <summary>
/// What a KV cache held over a run, one observation a step, taken while the step runs: after its tokens have their slots and before
/// those sequences leave that it ends. Beside it what the naive method would have set aside on the same steps: the maximum length for
/// every sequence.
/// </summary>
/// <param name="maxModelLength">Positions that the naive method sets aside for a sequence.</param>
public sealed class CacheUsageStatistics(int maxModelLength)
{
    private double _sequences;
    private double _storedSlots;
    private double _ownedSlots;
    private double _sharedBlocks;
    private double _logicalBlocks;
    private double _ownedBlocks;

    /// <summary>Number of observations.</summary>
    public long Steps { get; private set; }

    /// <summary>The last observation.</summary>
    public CacheUsage Last { get; private set; }

    /// <summary>Sequences that had blocks at the last observation.</summary>
    public int LastSequences { get; private set; }

    /// <summary>Most sequences that had blocks at once.</summary>
    public int PeakSequences { get; private set; }

    /// <summary>Most slots that held a token at once.</summary>
    public long PeakStoredSlots { get; private set; }

    /// <summary>Most slots of owned blocks at once.</summary>
    public long PeakOwnedSlots { get; private set; }

    /// <summary>Most slots of owned blocks without a token at once.</summary>
    public long PeakWastedSlots { get; private set; }

    /// <summary>Most blocks with two owners or more at once.</summary>
    public int PeakSharedBlocks { get; private set; }

    /// <summary>Sequences that had blocks, averaged over the steps.</summary>
    public double AverageSequences => Average(_sequences);

    /// <summary>Slots that held a token, averaged over the steps.</summary>
    public double AverageStoredSlots => Average(_storedSlots);

    /// <summary>Slots of owned blocks, averaged over the steps.</summary>
    public double AverageOwnedSlots => Average(_ownedSlots);

    /// <summary>Slots of owned blocks without a token, averaged over the steps.</summary>
    public double AverageWastedSlots => Average(_ownedSlots - _storedSlots);

    /// <summary>Blocks with two owners or more, averaged over the steps.</summary>
    public double AverageSharedBlocks => Average(_sharedBlocks);

    /// <summary>Share of the logical blocks that sharing saved over all steps: (logical − physical) / logical.</summary>
    public double Saving => _logicalBlocks == 0 ? 0 : (_logicalBlocks - _ownedBlocks) / _logicalBlocks;

    /// <summary>Slots that the naive method would have set aside for the same sequences, averaged over the steps.</summary>
    public double AverageNaiveSlots => AverageSequences * maxModelLength;

    /// <summary>Slots that the naive method would have set aside at the peak of sequences.</summary>
    public long PeakNaiveSlots => (long)PeakSequences * maxModelLength;

    /// <summary>Takes one observation, in constant time.</summary>
    /// <param name="usage">What the cache holds.</param>
    /// <param name="sequenceCount">Sequences that have blocks.</param>
    public void Record(in CacheUsage usage, int sequenceCount)
    {
        Steps++;
        Last = usage;
        LastSequences = sequenceCount;
        PeakSequences = Math.Max(PeakSequences, sequenceCount);
        PeakStoredSlots = Math.Max(PeakStoredSlots, usage.StoredSlots);
        PeakOwnedSlots = Math.Max(PeakOwnedSlots, usage.OwnedSlots);
        PeakWastedSlots = Math.Max(PeakWastedSlots, usage.WastedSlots);
        PeakSharedBlocks = Math.Max(PeakSharedBlocks, usage.SharedBlocks);
        _sequences += sequenceCount;
        _storedSlots += usage.StoredSlots;
        _ownedSlots += usage.OwnedSlots;
        _sharedBlocks += usage.SharedBlocks;
        _logicalBlocks += usage.LogicalBlocks;
        _ownedBlocks += usage.OwnedBlocks;
    }

    private double Average(double sum) => Steps == 0 ? 0 : sum / Steps;
}
