using System.Runtime.InteropServices;

namespace Paged.Ilgpu.Cache;

/// <summary>What happened to a block.</summary>
public enum CacheEventKind
{
    /// <summary>A sequence took the block and appended it to its table.</summary>
    Allocate,

    /// <summary>A sequence appended a block to its table that already holds what it needs.</summary>
    Share,

    /// <summary>A sequence replaced a block of its table, which it shared, by a copy of its own.</summary>
    Copy,

    /// <summary>A block's contents moved to the host; the sequence gave the device block up.</summary>
    SwapOut,

    /// <summary>A block's contents came back from the host into a block that the sequence took and appended to its table.</summary>
    SwapIn,

    /// <summary>A sequence dropped the last block of its table.</summary>
    Free,

    /// <summary>A sequence in swap space dropped its first host block, which was not copied back.</summary>
    HostFree,

    /// <summary>A full block became findable by its tokens.</summary>
    Index,

    /// <summary>A block can no longer be found by its tokens.</summary>
    Evict,
}

/// <summary>One event of the trace from which the state of the cache at any step can be replayed (<see cref="CacheReplay"/>).</summary>
/// <param name="Step">The step that was being scheduled; 0 before the first.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Sequence">The sequence it happened to; 0 where it concerns none.</param>
/// <param name="Block">The device block; HostFree: the host block.</param>
/// <param name="Other">Copy: the block copied from. SwapOut and SwapIn: the host block. Else 0.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CacheEvent(long Step, CacheEventKind Kind, long Sequence, int Block, int Other);

/// <summary>Receives the events of a cache as they happen.</summary>
public interface ICacheEventSink
{
    /// <summary>Takes note of one event.</summary>
    void Record(in CacheEvent cacheEvent);
}
