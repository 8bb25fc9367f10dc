namespace Paged.Ilgpu.Cli.Bench;

/// <summary>
/// What a throughput benchmark measured. Each property is a key of its JSON, in snake_case; those of latencies are named as in vLLM's
/// benchmarks.
/// </summary>
internal sealed record ThroughputResult
{
    public required int Requests { get; init; }

    public required long PromptTokens { get; init; }

    public required long CompletionTokens { get; init; }

    public required long Steps { get; init; }

    public required double Seconds { get; init; }

    public double RequestsPerSecond => Requests / Seconds;

    public double TotalTokensPerSecond => (PromptTokens + CompletionTokens) / Seconds;

    /// <summary>Called output tokens in vLLM's line.</summary>
    public double CompletionTokensPerSecond => CompletionTokens / Seconds;

    public double StepsPerSecond => Steps / Seconds;

    /// <summary>From the start, when all requests are there, to the first token of each.</summary>
    public required double MeanTtftMs { get; init; }

    public required double MedianTtftMs { get; init; }

    public required double P99TtftMs { get; init; }

    /// <summary>Time of each token of an answer after its first, averaged over the answer; these are of the answers.</summary>
    public required double MeanTpotMs { get; init; }

    public required double MedianTpotMs { get; init; }

    public required double P99TpotMs { get; init; }

    /// <summary>From the end of one step to that of the next; where most steps only decode, this is what decoding takes.</summary>
    public required double MedianStepMs { get; init; }

    public required int PeakSequences { get; init; }

    /// <summary>Share of the KV cache's slots whose block had an owner, averaged over the steps, 0 to 1.</summary>
    public required double AverageKvCacheUsage { get; init; }

    public required double PeakKvCacheUsage { get; init; }

    /// <summary>Share of the KV cache's slots that had an owner and held no token, averaged over the steps, 0 to 1.</summary>
    public required double AverageKvCacheWaste { get; init; }

    /// <summary>Share of the prompt tokens that were found in the cache, 0 to 1.</summary>
    public required double PrefixHitRate { get; init; }

    public required long Preemptions { get; init; }

    /// <summary>Managed memory that a step allocates while it only decodes: no request begins or ends.</summary>
    public required double AllocatedBytesPerStep { get; init; }

    /// <summary>The same by all other threads, where ILGPU's CPU accelerator runs its groups; counted coarsely by the runtime.</summary>
    public required double AllocatedBytesPerStepByDevice { get; init; }
}
