using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// The sums of the pieces before, which a piece's sums are added to: of many blocks of eight rows those of the first wait in registers and the others' in shared memory, of few blocks all in registers.
/// </summary>
public struct WaitingSums<TGroup, TBlocks>
    where TGroup : struct, IWarpgroup
    where TBlocks : struct, IRowBlocks<TBlocks>
{
    /// <summary>What <see cref="IWarpgroup.AllocateSums"/> gave: the sums of a piece, and then those that wait in registers.</summary>
    public ArrayView<float> Sums;

    /// <summary>[block, item], the four sums of an item, of the blocks whose sums no register keeps.</summary>
    public ArrayView<Packet> Memory;

    /// <summary>All bits, or none where there are no pieces before.</summary>
    public uint Mask;

    /// <summary>The sums of a block, those of the current piece among them. The first piece is added to zero, as in the other forms: a negative zero becomes a positive one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MatrixSums Total(WaitingSums<TGroup, TBlocks> waiting, int block)
    {
        MatrixSums before = block < WarpgroupLinearKernel.KeptBlocks<TBlocks>()
            ? TGroup.Read(waiting.Sums, TBlocks.BlockCount + block)
            : MatrixProduct.FromPacket(waiting.Memory[Place(block)]);
        return MatrixProduct.Add(MatrixProduct.Masked(before, waiting.Mask), TGroup.Read(waiting.Sums, block));
    }

    /// <summary>Has the sums of a block wait.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Keep(WaitingSums<TGroup, TBlocks> waiting, int block, MatrixSums sums)
    {
        if (block < WarpgroupLinearKernel.KeptBlocks<TBlocks>())
            TGroup.Write(waiting.Sums, TBlocks.BlockCount + block, sums);
        else
            waiting.Memory[Place(block)] = MatrixProduct.ToPacket(sums);
    }

    private static int Place(int block) => (block - WarpgroupLinearKernel.KeptBlocks<TBlocks>()) * WarpgroupSteps.GroupSize + Group.IdxX;
}

/// <summary>A piece's sums join those of the pieces before.</summary>
public struct PieceJoins<TGroup, TBlocks> : IRowBlockAction<PieceJoins<TGroup, TBlocks>>
    where TGroup : struct, IWarpgroup
    where TBlocks : struct, IRowBlocks<TBlocks>
{
    /// <summary>Those before.</summary>
    public WaitingSums<TGroup, TBlocks> Waiting;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Take(PieceJoins<TGroup, TBlocks> end, int block) =>
        WaitingSums<TGroup, TBlocks>.Keep(end.Waiting, block, WaitingSums<TGroup, TBlocks>.Total(end.Waiting, block));
}

/// <summary>The last piece's sums join those of the pieces before, and are given on.</summary>
public struct LastPieceJoins<TGroup, TBlocks, TFinish> : IRowBlockAction<LastPieceJoins<TGroup, TBlocks, TFinish>>
    where TGroup : struct, IWarpgroup
    where TBlocks : struct, IRowBlocks<TBlocks>
    where TFinish : struct, IFinish
{
    /// <summary>Those before.</summary>
    public WaitingSums<TGroup, TBlocks> Waiting;

    /// <summary>Where complete sums go.</summary>
    public LinearTarget Target;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Take(LastPieceJoins<TGroup, TBlocks, TFinish> end, int block) =>
        LinearTarget.Finish<TFinish>(end.Target, WaitingSums<TGroup, TBlocks>.Total(end.Waiting, block), 8 * block);
}
