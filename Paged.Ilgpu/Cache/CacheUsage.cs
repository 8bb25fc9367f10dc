using System.Runtime.InteropServices;

namespace Paged.Ilgpu.Cache;

/// <summary>What a KV cache holds at one moment, read from counters that are kept as it changes.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CacheUsage
{
    /// <summary>Token slots of one block.</summary>
    public required int BlockSize { get; init; }

    /// <summary>Blocks of the pool.</summary>
    public required int BlockCount { get; init; }

    /// <summary>Blocks with neither owner nor contents that can be found.</summary>
    public required int FreeBlocks { get; init; }

    /// <summary>Blocks without an owner whose contents can still be found by their prefix.</summary>
    public required int CachedBlocks { get; init; }

    /// <summary>Blocks with at least one owner.</summary>
    public required int OwnedBlocks { get; init; }

    /// <summary>Blocks with two owners or more.</summary>
    public required int SharedBlocks { get; init; }

    /// <summary>Entries of all block tables: the blocks that would be owned if nothing were shared.</summary>
    public required long LogicalBlocks { get; init; }

    /// <summary>Token slots of owned blocks that hold a token, each counted once however many sequences read it.</summary>
    public required long StoredSlots { get; init; }

    /// <summary>Tokens stored as the sequences see them: a shared slot counts for each.</summary>
    public required long LogicalTokens { get; init; }

    /// <summary>Host blocks that hold swapped sequences.</summary>
    public required int SwappedBlocks { get; init; }

    /// <summary>Token slots of the whole pool.</summary>
    public long TotalSlots => (long)BlockCount * BlockSize;

    /// <summary>Token slots of the owned blocks: stored + wasted.</summary>
    public long OwnedSlots => (long)OwnedBlocks * BlockSize;

    /// <summary>Internal waste: slots of owned blocks that hold no token.</summary>
    public long WastedSlots => OwnedSlots - StoredSlots;

    /// <summary>Share of the logical blocks that sharing saves: (logical − physical) / logical; 0 where there are none.</summary>
    public double Saving => LogicalBlocks == 0 ? 0 : (double)(LogicalBlocks - OwnedBlocks) / LogicalBlocks;
}
