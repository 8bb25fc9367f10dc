using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>What becomes of a piece's sums once they are there: they are added to those of the pieces before, and kept or given on.</summary>
public struct PieceEnd
{
    /// <summary>[sum, item] of the pieces before, of the blocks of rows whose sums no register keeps.</summary>
    public ArrayView<float> Before;

    /// <summary>Whether there are no pieces before.</summary>
    public bool IsFirst;

    /// <summary>Whether the sums are complete.</summary>
    public bool IsLast;

    /// <summary>Where complete sums go.</summary>
    public LinearOutput Output;

    /// <summary>Rows there are.</summary>
    public int Rows;

    /// <summary>This lane's first row.</summary>
    public int Row;

    /// <summary>This lane's first column.</summary>
    public int Column;

    /// <summary>Ends the piece for a block of eight rows.</summary>
    /// <param name="end">What becomes of the sums.</param>
    /// <param name="registers">What <see cref="IWarpgroup.AllocateSums"/> gave.</param>
    /// <param name="block">Which block; a constant.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Take<TGroup, TFinish>(PieceEnd end, ArrayView<float> registers, int block)
        where TGroup : struct, IWarpgroup
        where TFinish : struct, IFinish
    {
        int first = 4 * (block - WarpgroupLinearKernel.KeptBlocks) * WarpgroupLinearKernel.GroupSize + Group.IdxX;

        // The first piece is added to zero as in the other forms: a negative zero becomes a positive one.
        MatrixSums piece = TGroup.Read(registers, block);
        MatrixSums sums = MatrixProduct.Add(default, piece);
        if (!end.IsFirst)
        {
            sums = MatrixProduct.Add(piece, block < WarpgroupLinearKernel.KeptBlocks
                ? TGroup.Read(registers, WarpgroupLinearKernel.Blocks + block)
                : MatrixProduct.Load(end.Before, first, WarpgroupLinearKernel.GroupSize, uint.MaxValue));
        }

        if (end.IsLast)
            MatrixProduct.Finish<TFinish>(sums, end.Output, end.Rows, end.Row + 8 * block, end.Column);
        else if (block < WarpgroupLinearKernel.KeptBlocks)
            TGroup.Write(registers, WarpgroupLinearKernel.Blocks + block, sums);
        else
            MatrixProduct.Store(sums, end.Before, first, WarpgroupLinearKernel.GroupSize);
    }
}
