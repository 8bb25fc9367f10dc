using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Cli.Report;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Cli.Planning;

/// <summary>What a plan says of one method.</summary>
internal sealed record PlanSummary : CacheReport
{
    public PlanSummary(CacheMethod method, KvCacheOptions options, PlannedMemory memory, SimulationResult result)
        : base(method, options, memory.KvBytesPerToken, memory.DeviceMemoryBytes, result.Statistics, result.Final)
    {
        CacheUsageStatistics usage = result.Statistics.UsageWhileRequestsWait;
        StepsWhileRequestsWait = usage.Steps;
        AverageWhileRequestsWait = AverageOf(usage);
        PeakWhileRequestsWait = PeakOf(usage);
        Answered = result.Statistics.FinishedSequences;
        Refused = result.RefusedRequests;
        FirstRefusal = result.FirstRefusal;
        GeneratedTokens = result.Statistics.GeneratedTokens;
    }

    /// <summary>Steps that left requests waiting: those in which memory, or another limit, is what holds them up.</summary>
    public long StepsWhileRequestsWait { get; }

    /// <summary>Averages over these steps.</summary>
    public SlotFigures AverageWhileRequestsWait { get; }

    /// <summary>The most of each figure in these steps.</summary>
    public SlotFigures PeakWhileRequestsWait { get; }

    /// <summary>Requests that got their answer.</summary>
    public long Answered { get; }

    /// <summary>Requests that can never fit.</summary>
    public long Refused { get; }

    /// <summary>Why the first of them cannot.</summary>
    public string? FirstRefusal { get; }

    public long GeneratedTokens { get; }

    /// <summary>Time of all cores that the simulation took.</summary>
    public required double SimulationCpuSeconds { get; init; }

    /// <summary>Averages over the steps that left requests waiting; over all where there was none.</summary>
    internal SlotFigures Typical => StepsWhileRequestsWait > 0 ? AverageWhileRequestsWait : Average;
}
