using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>What becomes of a piece's sums once they are there: they are added to those of the pieces before, and kept or given on.</summary>
public struct PieceEnd<TGroup, TFinish> : IRowBlockAction<PieceEnd<TGroup, TFinish>>
    where TGroup : struct, IWarpgroup
    where TFinish : struct, IFinish
{
    /// <summary>What <see cref="IWarpgroup.AllocateSums"/> gave.</summary>
    public ArrayView<float> Sums;

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

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Take(PieceEnd<TGroup, TFinish> end, int block)
    {
        int first = 4 * (block - WarpgroupLinearKernel.KeptBlocks) * WarpgroupSteps.GroupSize + Group.IdxX;

        // The first piece is added to zero as in the other forms: a negative zero becomes a positive one.
        MatrixSums piece = TGroup.Read(end.Sums, block);
        MatrixSums sums = MatrixProduct.Add(default, piece);
        if (!end.IsFirst)
        {
            sums = MatrixProduct.Add(piece, block < WarpgroupLinearKernel.KeptBlocks
                ? TGroup.Read(end.Sums, WarpgroupLinearKernel.Blocks + block)
                : MatrixProduct.Load(end.Before, first, WarpgroupSteps.GroupSize, uint.MaxValue));
        }

        if (end.IsLast)
            MatrixProduct.Finish<TFinish>(sums, end.Output, end.Rows, end.Row + 8 * block, end.Column);
        else if (block < WarpgroupLinearKernel.KeptBlocks)
            TGroup.Write(end.Sums, WarpgroupLinearKernel.Blocks + block, sums);
        else
            MatrixProduct.Store(sums, end.Before, first, WarpgroupSteps.GroupSize);
    }
}
