using Paged.Ilgpu.Cache;

namespace Paged.Ilgpu.Scheduling;

/// <summary>What a scheduler did since it was made.</summary>
public sealed class SchedulerStatistics
{
    internal SchedulerStatistics(int maxModelLength)
    {
        Usage = new CacheUsageStatistics(maxModelLength);
        UsageWhileRequestsWait = new CacheUsageStatistics(maxModelLength);
    }

    /// <summary>Steps scheduled.</summary>
    public long Steps { get; internal set; }

    /// <summary>Tokens given to steps, those computed again included.</summary>
    public long ScheduledTokens { get; internal set; }

    /// <summary>Tokens that were computed again because a preemption had dropped them.</summary>
    public long RecomputedTokens { get; internal set; }

    /// <summary>Prompt tokens of the requests whose answer has begun, cached ones included; once however many answers there are.</summary>
    public long PromptTokens { get; internal set; }

    /// <summary>Tokens drawn.</summary>
    public long GeneratedTokens { get; internal set; }

    /// <summary>Preemptions, either way.</summary>
    public long Preemptions { get; internal set; }

    /// <summary>Preemptions that moved the stored tokens to host memory.</summary>
    public long SwapOuts { get; internal set; }

    /// <summary>Sequences that ended, aborted ones not counted.</summary>
    public long FinishedSequences { get; internal set; }

    /// <summary>How much of the prompts was found in the cache.</summary>
    public PrefixHitRate PrefixHits { get; } = new();

    /// <summary>What the cache held, over all steps.</summary>
    public CacheUsageStatistics Usage { get; }

    /// <summary>What the cache held over the steps that left requests waiting: when memory is what limits.</summary>
    public CacheUsageStatistics UsageWhileRequestsWait { get; }
}
