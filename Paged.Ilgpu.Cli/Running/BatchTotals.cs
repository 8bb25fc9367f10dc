using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Engine;

namespace Paged.Ilgpu.Cli.Running;

/// <summary>How far a batch is.</summary>
internal sealed class BatchTotals
{
    /// <summary>Requests of the batch.</summary>
    public required int Requests { get; init; }

    /// <summary>Requests with an answer.</summary>
    public int Answered { get; set; }

    /// <summary>Requests with an error line.</summary>
    public int Refused { get; set; }

    /// <summary>Requests that run.</summary>
    public int Running { get; set; }

    /// <summary>Requests that wait for room.</summary>
    public int Waiting { get; set; }

    /// <summary>Prompt tokens of the requests that were answered.</summary>
    public long PromptTokens { get; set; }

    /// <summary>Tokens of their answers.</summary>
    public long CompletionTokens { get; set; }

    /// <summary>Tokens drawn, those of answers that still grow included.</summary>
    public long GeneratedTokens { get; set; }

    /// <summary>Prompt tokens of the requests whose answer has begun.</summary>
    public long PromptTokensRead { get; set; }

    /// <summary>Share of the KV cache's slots whose block has an owner, 0 to 1.</summary>
    public double OwnedShare { get; set; }

    /// <summary>Share of the KV cache's slots that hold a token.</summary>
    public double StoredShare { get; set; }

    /// <summary>Share of the prompt tokens that were found in the cache.</summary>
    public double PrefixHitRate { get; set; }

    /// <summary>How often a request had to give its blocks up.</summary>
    public long Preemptions { get; set; }

    /// <summary>Time since the first step began; loading is not part of it.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>Requests that need no more work.</summary>
    public int Done => Answered + Refused;

    /// <summary>Takes note of what an engine is at.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="elapsed">Time since its first step began.</param>
    public void Observe(PagedEngine engine, TimeSpan elapsed)
    {
        Elapsed = elapsed;
        Running = engine.RunningCount;
        Waiting = engine.WaitingCount;
        GeneratedTokens = engine.Statistics.GeneratedTokens;
        PromptTokensRead = engine.Statistics.PromptTokens;
        PrefixHitRate = engine.Statistics.PrefixHits.Overall;
        Preemptions = engine.Statistics.Preemptions;
        CacheUsage usage = engine.Statistics.Usage.Last;
        OwnedShare = (double)usage.OwnedSlots / usage.TotalSlots;
        StoredShare = (double)usage.StoredSlots / usage.TotalSlots;
    }
}
