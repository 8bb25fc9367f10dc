using System.Runtime.InteropServices;

namespace Paged.Ilgpu.Cache;

/// <summary>Which way a block's contents move.</summary>
public enum BlockTransferKind
{
    /// <summary>From a device block to a device block: copy-on-write.</summary>
    Copy,

    /// <summary>From a device block to a host block: a preempted sequence leaves.</summary>
    SwapOut,

    /// <summary>From a host block to a device block: it comes back.</summary>
    SwapIn,
}

/// <summary>One block's contents to be moved, in every layer, keys and values.</summary>
/// <param name="Kind">Which way; it tells whether the block ids are the device's or the host's.</param>
/// <param name="Source">The block that is read.</param>
/// <param name="Destination">The block that is written.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct BlockTransfer(BlockTransferKind Kind, int Source, int Destination);
