namespace Paged.Ilgpu.Cache;

/// <summary>The shape of a KV cache and what it may do.</summary>
public sealed record KvCacheOptions
{
    /// <summary>Token slots of one block, at least 1.</summary>
    public int BlockSize { get; init; } = 16;

    /// <summary>Blocks of the pool, at least 1.</summary>
    public required int BlockCount { get; init; }

    /// <summary>Whether full blocks stay findable by their tokens, so that equal prefixes are computed once.</summary>
    public bool EnablePrefixCaching { get; init; }

    /// <summary>Blocks of host memory that preempted sequences can be swapped to; 0 where there is no swapping.</summary>
    public int SwapBlockCount { get; init; }

    /// <summary>
    /// The naive cache, which sets aside the maximum length for every sequence at once: the paged one with blocks that long. A sequence
    /// never takes a second block, so whatever it does not fill is lost to the others.
    /// </summary>
    /// <param name="maxModelLength">Positions set aside for a sequence.</param>
    /// <param name="sequenceCount">Sequences that fit at once.</param>
    public static KvCacheOptions Naive(int maxModelLength, int sequenceCount) =>
        new() { BlockSize = maxModelLength, BlockCount = sequenceCount };

    /// <summary>Returns the options themselves once they are known to make sense.</summary>
    /// <exception cref="PagedException">A size is out of its range.</exception>
    public KvCacheOptions Validated()
    {
        if (BlockSize < 1)
            throw new PagedException($"The block size is {BlockSize} tokens; a block holds at least 1.");
        if (BlockCount < 1)
            throw new PagedException($"The KV cache has {BlockCount} blocks; it needs at least 1.");
        if (SwapBlockCount < 0)
            throw new PagedException($"The swap space has {SwapBlockCount} blocks; it cannot have fewer than 0.");
        return this;
    }
}
