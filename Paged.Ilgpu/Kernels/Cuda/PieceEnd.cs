using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>What becomes of a piece's sums once they are there: they are added to those of the pieces before, and stored or given on.</summary>
public struct PieceEnd
{
    /// <summary>Where the sums of the pieces before lie.</summary>
    public ArrayView<float> Stored;

    /// <summary>The item's first sum there; the next ones follow a group's items apart.</summary>
    public long First;

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
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Take<TFinish>(PieceEnd end, MatrixSums piece, int block)
        where TFinish : struct, IFinish
    {
        long first = end.First + 4 * block * Group.DimX;

        // The first piece is added to zero as in the other forms: a negative zero becomes a positive one.
        MatrixSums sums = MatrixProduct.Add(default, piece);
        if (!end.IsFirst)
            sums = MatrixProduct.Add(piece, MatrixProduct.Load(end.Stored, first, Group.DimX, uint.MaxValue));
        if (end.IsLast)
            MatrixProduct.Finish<TFinish>(sums, end.Output, end.Rows, end.Row + 8 * block, end.Column);
        else
            MatrixProduct.Store(sums, end.Stored, first, Group.DimX);
    }

    /// <summary>Adds all pieces of a tile in their order, a block of eight rows at a time, and gives the sums on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FinishPieces<TBlocks, TFinish>(PieceEnd end, PieceExchange pieces, int tile, int count)
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish
    {
        for (int block = 0; block < TBlocks.BlockCount; block++)
        {
            OneRowBlock sums = pieces.AddPieces<TBlocks, OneRowBlock>(tile, count, OneRowBlock.Count * block * Group.DimX);
            OneRowBlock.Finish<TFinish>(sums, end.Output, end.Rows, end.Row + 8 * block, end.Column);
        }
    }
}
