namespace Paged.Ilgpu.Cli.Bench;

/// <summary>What a throughput benchmark measured. Each property is a key of its JSON, in snake_case.</summary>
internal sealed record ThroughputResult
{
    public required int Requests { get; init; }

    public required int PeakSequences { get; init; }

    public required long PromptTokens { get; init; }

    public required long CompletionTokens { get; init; }

    public required long Steps { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Managed memory that a step allocates while it only decodes: no request begins or ends.</summary>
    public required double AllocatedBytesPerStep { get; init; }

    /// <summary>The same by all other threads, where ILGPU's CPU accelerator runs its groups; counted coarsely by the runtime.</summary>
    public required double AllocatedBytesPerStepByDevice { get; init; }

    public double CompletionTokensPerSecond => CompletionTokens / Seconds;

    public double TotalTokensPerSecond => (PromptTokens + CompletionTokens) / Seconds;

    public double StepsPerSecond => Steps / Seconds;
}
