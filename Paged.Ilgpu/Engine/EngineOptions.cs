using System.Numerics;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Engine;

/// <summary>Which method the KV cache follows.</summary>
public enum CacheMethod
{
    /// <summary>Blocks are taken as a sequence grows.</summary>
    Paged,

    /// <summary>The maximum length is set aside for every sequence: one block that long.</summary>
    Naive,
}

/// <summary>How an engine is set up. What is null is chosen from the model and the device.</summary>
public sealed record EngineOptions
{
    /// <summary>Whether the cache is paged or, for comparison, pre-allocated.</summary>
    public CacheMethod Cache { get; init; }

    /// <summary>Slots of one block, a power of two; not used by the naive cache.</summary>
    public int BlockSize { get; init; } = 16;

    /// <summary>Bytes of the KV pool; null: by <see cref="BlockCount"/>, else what the device has left.</summary>
    public long? KvCacheBytes { get; init; }

    /// <summary>Blocks of the KV pool (for the naive cache: sequences); takes precedence over <see cref="KvCacheBytes"/>.</summary>
    public int? BlockCount { get; init; }

    /// <summary>Share of the device's memory that weights, activations and KV pool may take together, above 0, up to 1.</summary>
    public double MemoryUtilization { get; init; } = 0.9;

    /// <summary>Bytes that count as the device's memory; null: the device's own, on CPUs the machine's.</summary>
    public long? DeviceMemoryBytes { get; init; }

    /// <summary>Tokens of prompt and answer together; null: as many as the model was made for.</summary>
    public int? MaxModelLength { get; init; }

    /// <summary>Sequences that run at once, at most.</summary>
    public int MaxSequences { get; init; } = 256;

    /// <summary>Tokens of one step, at most.</summary>
    public int MaxBatchedTokens { get; init; } = 2048;

    /// <summary>Whether prompts may be computed in chunks.</summary>
    public bool EnableChunkedPrefill { get; init; } = true;

    /// <summary>Tokens of one sequence in a step at most; 0 for no such limit.</summary>
    public int LongPrefillTokenThreshold { get; init; }

    /// <summary>Whether equal prefixes are computed once.</summary>
    public bool EnablePrefixCaching { get; init; } = true;

    /// <summary>Who goes first.</summary>
    public SchedulingPolicy SchedulingPolicy { get; init; }

    /// <summary>What becomes of a preempted sequence's blocks.</summary>
    public PreemptionMode PreemptionMode { get; init; }

    /// <summary>Bytes of host memory for preempted sequences' blocks.</summary>
    public long SwapSpaceBytes { get; init; } = 1L << 30;

    /// <summary>The type of matrices on the device; null: as the checkpoint stores them.</summary>
    public ElementType? WeightType { get; init; }

    /// <summary>Whether the matrices of linear layers are quantized while they are loaded.</summary>
    public WeightQuantization Quantization { get; init; }

    /// <summary>The type of cached keys and values; null: as the weights.</summary>
    public ElementType? KeyValueType { get; init; }

    /// <summary>Whether the books of cache and scheduler are proved after every step.</summary>
    public bool CheckInvariants { get; init; }

    /// <summary>What tells the time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Work items of a group; null: what suits the device. For tests.</summary>
    public int? GroupSize { get; init; }

    /// <summary>Which form of the kernels runs. For tests and measurements: one device's forms give different sums.</summary>
    public KernelForm KernelForm { get; init; }

    /// <summary>What these options mean for the scheduler.</summary>
    /// <param name="config">The model.</param>
    /// <exception cref="PagedException">A value is out of its range.</exception>
    public SchedulerOptions SchedulerOptionsFor(LlamaConfig config) => new SchedulerOptions
    {
        MaxModelLength = MaxModelLength ?? config.MaxPositions,
        MaxSequences = MaxSequences,
        MaxBatchedTokens = MaxBatchedTokens,
        EnableChunkedPrefill = EnableChunkedPrefill,
        LongPrefillTokenThreshold = LongPrefillTokenThreshold,
        Policy = SchedulingPolicy,
        PreemptionMode = PreemptionMode,
    }.Validated();

    /// <summary>Returns the options themselves once they are known to fit a model.</summary>
    /// <param name="config">The model.</param>
    /// <exception cref="PagedException">A value is out of its range.</exception>
    public EngineOptions ValidatedFor(LlamaConfig config)
    {
        if (MaxModelLength is { } length && (length < 2 || length > config.MaxPositions))
            throw new PagedException($"The most tokens of a sequence (--max-model-len) is {length}; it must be from 2 to {config.MaxPositions}, the model's own.");
        if (Cache == CacheMethod.Paged && (BlockSize < 1 || !BitOperations.IsPow2(BlockSize)))
            throw new PagedException($"The block size (--block-size) is {BlockSize}; it must be a power of two, at least 1.");
        if (MemoryUtilization is not (> 0 and <= 1))
            throw new PagedException($"The memory utilization (--gpu-memory-utilization) is {MemoryUtilization}; it must be above 0, up to 1.");
        if (BlockCount is < 1)
            throw new PagedException($"The number of blocks (--num-blocks) is {BlockCount}; it must be at least 1.");
        return this;
    }
}
