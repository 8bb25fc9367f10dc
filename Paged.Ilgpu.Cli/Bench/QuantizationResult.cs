using Paged.Ilgpu.Engine;

namespace Paged.Ilgpu.Cli.Bench;

/// <summary>What a benchmark of quantization measured. Each property is a key of its JSON, in snake_case.</summary>
internal sealed record QuantizationResult
{
    /// <summary>The type of the weights that are not quantized, and of the inputs of all.</summary>
    public required string WeightType { get; init; }

    /// <summary>Without quantization.</summary>
    public required QuantizationFigures Plain { get; init; }

    public required QuantizationFigures Int8 { get; init; }

    /// <summary>From plain to int8.</summary>
    public required LogitDifference Logits { get; init; }
}

/// <summary>What one engine took and did.</summary>
internal sealed record QuantizationFigures
{
    public required string KernelForm { get; init; }

    public required long WeightBytes { get; init; }

    public required int KvBlocks { get; init; }

    public required long KvCacheBytes { get; init; }

    /// <summary>With all requests at once, of the fastest run; so are all figures of time.</summary>
    public required double CompletionTokensPerSecond { get; init; }

    public required double TotalTokensPerSecond { get; init; }

    /// <summary>Time of each token of an answer after its first, of half of the answers no more.</summary>
    public required double MedianTpotMs { get; init; }

    /// <summary>The same of a request that is alone.</summary>
    public required double MedianTpotMsAlone { get; init; }

    public static QuantizationFigures Of(PagedEngine engine, ThroughputResult together, ThroughputResult alone) => new()
    {
        KernelForm = engine.KernelForm.ToString(),
        WeightBytes = engine.WeightBytes,
        KvBlocks = engine.CacheOptions.BlockCount,
        KvCacheBytes = engine.KvCacheBytes,
        CompletionTokensPerSecond = together.CompletionTokensPerSecond,
        TotalTokensPerSecond = together.TotalTokensPerSecond,
        MedianTpotMs = together.MedianTpotMs,
        MedianTpotMsAlone = alone.MedianTpotMs,
    };
}
