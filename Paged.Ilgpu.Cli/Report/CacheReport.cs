using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Cli.Report;

/// <summary>What a run made of its KV cache; needs no device. Each property is a key of the summary's JSON, in snake_case.</summary>
internal record CacheReport
{
    /// <param name="method">How the cache was run.</param>
    /// <param name="options">Its shape.</param>
    /// <param name="kvBytesPerToken">Bytes of keys and values of a token, all layers.</param>
    /// <param name="deviceMemoryBytes">What counts as the device's memory.</param>
    /// <param name="statistics">What was done.</param>
    /// <param name="final">What the cache holds at the end.</param>
    public CacheReport(
        CacheMethod method,
        KvCacheOptions options,
        long kvBytesPerToken,
        long deviceMemoryBytes,
        SchedulerStatistics statistics,
        CacheUsage final)
    {
        Cache = method == CacheMethod.Naive ? "naive" : "paged";
        BlockSize = options.BlockSize;
        Blocks = options.BlockCount;
        TotalSlots = (long)Blocks * BlockSize;
        KvBytesPerToken = kvBytesPerToken;
        DeviceMemoryBytes = deviceMemoryBytes;
        Steps = statistics.Steps;
        CacheUsageStatistics usage = statistics.Usage;
        PeakSequences = usage.PeakSequences;
        AverageSequences = usage.AverageSequences;
        Average = AverageOf(usage);
        Peak = PeakOf(usage);
        Final = Figures(0, final.OwnedSlots, final.StoredSlots, final.WastedSlots);
        AverageNaiveSlots = usage.AverageNaiveSlots;
        PeakSharedBlocks = usage.PeakSharedBlocks;
        SharedBlocksSaving = usage.Saving;
        Preemptions = statistics.Preemptions;
        SwapOuts = statistics.SwapOuts;
        RecomputedTokens = statistics.RecomputedTokens;
        PrefixQueriedTokens = statistics.PrefixHits.QueriedTokens;
        PrefixHitTokens = statistics.PrefixHits.HitTokens;
    }

    /// <summary><c>paged</c> or <c>naive</c>.</summary>
    public string Cache { get; }

    public int BlockSize { get; }

    public int Blocks { get; }

    public long TotalSlots { get; }

    public long KvBytesPerToken { get; }

    public long KvCacheBytes => TotalSlots * KvBytesPerToken;

    public long DeviceMemoryBytes { get; }

    public long Steps { get; }

    /// <summary>Most sequences at once.</summary>
    public int PeakSequences { get; }

    /// <summary>Sequences at once, averaged over the steps.</summary>
    public double AverageSequences { get; }

    /// <summary>Averages over the steps.</summary>
    public SlotFigures Average { get; }

    /// <summary>The most of each figure by itself, not all of them at one moment.</summary>
    public SlotFigures Peak { get; }

    /// <summary>What is left when all is done: nothing, or there is a leak.</summary>
    public SlotFigures Final { get; }

    /// <summary>Waste of one sequence in blocks, on average.</summary>
    public double AverageWastedBlocksPerSequence => AverageSequences == 0 ? 0 : Average.WastedSlots / AverageSequences / BlockSize;

    /// <summary>Slots that the naive method would have set aside for the same sequences, on average.</summary>
    public double AverageNaiveSlots { get; }

    /// <summary>Most blocks that several sequences read at once.</summary>
    public int PeakSharedBlocks { get; }

    /// <summary>Share of blocks that sharing saved, 0 to 1.</summary>
    public double SharedBlocksSaving { get; }

    public long Preemptions { get; }

    public long SwapOuts { get; }

    public long RecomputedTokens { get; }

    /// <summary>Prompt tokens that were looked for in the cache.</summary>
    public long PrefixQueriedTokens { get; }

    /// <summary>Those of them that were found.</summary>
    public long PrefixHitTokens { get; }

    /// <summary>Their share, 0 to 1.</summary>
    public double PrefixHitRate => PrefixQueriedTokens == 0 ? 0 : (double)PrefixHitTokens / PrefixQueriedTokens;

    /// <summary>
    /// The last line of the reference implementation, paged-attention-minimal, in its form; what is counted is the time average of owned
    /// slots without a token, for both methods alike. Its two decimals become more where they would show nothing.
    /// </summary>
    public string FragmentedMemoryLine() =>
        $"Fragmented Memory: {Numbers.Decimal(Average.WastedBytes / 1e9, 2)} GB "
            + $"({Numbers.Decimal(100 * Average.WastedShareOfDeviceMemory, 2)}%)";

    protected SlotFigures AverageOf(CacheUsageStatistics usage) =>
        Figures(usage.AverageSequences, usage.AverageOwnedSlots, usage.AverageStoredSlots, usage.AverageWastedSlots);

    protected SlotFigures PeakOf(CacheUsageStatistics usage) =>
        Figures(usage.PeakSequences, usage.PeakOwnedSlots, usage.PeakStoredSlots, usage.PeakWastedSlots);

    private SlotFigures Figures(double sequences, double owned, double stored, double wasted) => new()
    {
        Sequences = sequences,
        OwnedSlots = owned,
        StoredSlots = stored,
        WastedSlots = wasted,
        WastedBytes = wasted * KvBytesPerToken,
        StoredShareOfPool = stored / TotalSlots,
        WastedShareOfPool = wasted / TotalSlots,
        WastedShareOfDeviceMemory = wasted * KvBytesPerToken / DeviceMemoryBytes,
    };
}
