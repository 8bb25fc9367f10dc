using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>In device memory: the group that ends last adds all pieces.</summary>
public readonly struct MemoryMeeting : IPieceMeeting
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish<TGroup, TBlocks, TFinish>(PieceExchange pieces, ArrayView<float> sums, StagedPackets staged, LinearTarget target)
        where TGroup : struct, IWarpgroup
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish
    {
        TBlocks total = TBlocks.Read<TGroup>(sums, 0);
        if (pieces.TryCollect(Grid.IdxZ * Grid.DimY + Grid.IdxY, Grid.IdxX, Grid.DimX, ref total))
            TBlocks.Finish<TFinish>(total, target, 0);
    }
}
