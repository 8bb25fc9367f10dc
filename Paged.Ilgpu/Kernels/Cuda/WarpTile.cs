using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>A lane's sums of a warp's tile, 64 columns and 64 rows: 32 multiply-adds for each byte that is read from shared memory.</summary>
public struct WarpTile : ISums<WarpTile>
{
    /// <summary>Columns of the tile.</summary>
    public const int Columns = 64;

    /// <summary>Rows of the tile.</summary>
    public const int Rows = 64;

    private ColumnSums _columns0;
    private ColumnSums _columns1;
    private ColumnSums _columns2;
    private ColumnSums _columns3;

    /// <inheritdoc/>
    public static int Count => 4 * ColumnSums.Count;

    /// <summary>Adds the products of a step to the sums.</summary>
    /// <param name="tile">The sums.</param>
    /// <param name="staged">Weights and inputs of the step.</param>
    /// <param name="weights">This lane's first packet of the first of four blocks of columns.</param>
    /// <param name="inputs">What this lane names of the first of eight blocks of rows, see <see cref="IPacketMemory.LoadMatrices"/>.</param>
    /// <param name="exchange">See <see cref="IMatrixUnit"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WarpTile MultiplyAdd<TUnit, TMemory, TWeights>(
        WarpTile tile, StagedPackets staged, int weights, int inputs, ArrayView<uint> exchange)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
    {
        RowInputs rows = RowInputs.Load<TMemory>(staged, inputs);

        // One block of 16 columns after the other, so that few weights are in registers at a time.
        BlockWeights block0 = TWeights.Load<TUnit, TMemory>(staged, weights + 0 * TWeights.PacketsPerBlock * MatrixLayout.Lanes);
        tile._columns0 = ColumnSums.MultiplyAdd<TUnit>(tile._columns0, block0.First, block0.Second, rows, exchange);
        BlockWeights block1 = TWeights.Load<TUnit, TMemory>(staged, weights + 1 * TWeights.PacketsPerBlock * MatrixLayout.Lanes);
        tile._columns1 = ColumnSums.MultiplyAdd<TUnit>(tile._columns1, block1.First, block1.Second, rows, exchange);
        BlockWeights block2 = TWeights.Load<TUnit, TMemory>(staged, weights + 2 * TWeights.PacketsPerBlock * MatrixLayout.Lanes);
        tile._columns2 = ColumnSums.MultiplyAdd<TUnit>(tile._columns2, block2.First, block2.Second, rows, exchange);
        BlockWeights block3 = TWeights.Load<TUnit, TMemory>(staged, weights + 3 * TWeights.PacketsPerBlock * MatrixLayout.Lanes);
        tile._columns3 = ColumnSums.MultiplyAdd<TUnit>(tile._columns3, block3.First, block3.Second, rows, exchange);
        return tile;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WarpTile Add(WarpTile left, WarpTile right)
    {
        left._columns0 = ColumnSums.Add(left._columns0, right._columns0);
        left._columns1 = ColumnSums.Add(left._columns1, right._columns1);
        left._columns2 = ColumnSums.Add(left._columns2, right._columns2);
        left._columns3 = ColumnSums.Add(left._columns3, right._columns3);
        return left;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(WarpTile sums, ArrayView<float> target, long first, int stride)
    {
        ColumnSums.Store(sums._columns0, target, first, stride);
        ColumnSums.Store(sums._columns1, target, first + 1 * ColumnSums.Count * stride, stride);
        ColumnSums.Store(sums._columns2, target, first + 2 * ColumnSums.Count * stride, stride);
        ColumnSums.Store(sums._columns3, target, first + 3 * ColumnSums.Count * stride, stride);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WarpTile AddStored(WarpTile sums, ArrayView<float> source, long first, int stride, uint mask)
    {
        sums._columns0 = ColumnSums.AddStored(sums._columns0, source, first, stride, mask);
        sums._columns1 = ColumnSums.AddStored(sums._columns1, source, first + 1 * ColumnSums.Count * stride, stride, mask);
        sums._columns2 = ColumnSums.AddStored(sums._columns2, source, first + 2 * ColumnSums.Count * stride, stride, mask);
        sums._columns3 = ColumnSums.AddStored(sums._columns3, source, first + 3 * ColumnSums.Count * stride, stride, mask);
        return sums;
    }

    /// <summary>Gives the finished sums on.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="output">Where they go.</param>
    /// <param name="rows">Rows there are.</param>
    /// <param name="row">This lane's first row.</param>
    /// <param name="column">This lane's first column.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish<TFinish>(WarpTile sums, LinearOutput output, int rows, int row, int column)
        where TFinish : struct, IFinish
    {
        ColumnSums.Finish<TFinish>(sums._columns0, LinearTarget.At<TFinish>(output, rows, row, column));
        ColumnSums.Finish<TFinish>(sums._columns1, LinearTarget.At<TFinish>(output, rows, row, column + 1 * MatrixLayout.ColumnsPerBlock));
        ColumnSums.Finish<TFinish>(sums._columns2, LinearTarget.At<TFinish>(output, rows, row, column + 2 * MatrixLayout.ColumnsPerBlock));
        ColumnSums.Finish<TFinish>(sums._columns3, LinearTarget.At<TFinish>(output, rows, row, column + 3 * MatrixLayout.ColumnsPerBlock));
    }

    /// <summary>Adds all pieces of a tile, which lie there, and gives the sums on: a quarter at a time, for which there are registers.</summary>
    /// <param name="pieces">Where they lie.</param>
    /// <param name="tile">The tile.</param>
    /// <param name="count">How many pieces there are, up to four.</param>
    /// <param name="output">Where the sums go.</param>
    /// <param name="rows">Rows there are.</param>
    /// <param name="row">This lane's first row.</param>
    /// <param name="column">This lane's first column.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FinishPieces<TFinish>(PieceExchange pieces, int tile, int count, LinearOutput output, int rows, int row, int column)
        where TFinish : struct, IFinish
    {
        for (int block = 0; block < Columns / MatrixLayout.ColumnsPerBlock; block++)
        {
            ColumnSums sums = AddPiece(default, pieces, tile, 0, count, block);
            sums = AddPiece(sums, pieces, tile, 1, count, block);
            sums = AddPiece(sums, pieces, tile, 2, count, block);
            sums = AddPiece(sums, pieces, tile, 3, count, block);
            ColumnSums.Finish<TFinish>(sums, LinearTarget.At<TFinish>(output, rows, row, column + block * MatrixLayout.ColumnsPerBlock));
        }
    }

    // Where there is no such piece, zero: written out, so that all pieces are asked for at once.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ColumnSums AddPiece(ColumnSums sums, PieceExchange pieces, int tile, int piece, int count, int block)
    {
        long first = PieceExchange.Place<WarpTile>(tile, IntrinsicMath.Min(piece, count - 1), count) + block * ColumnSums.Count * Group.DimX;
        return ColumnSums.AddStored(sums, pieces.Pieces, first, Group.DimX, piece < count ? uint.MaxValue : 0);
    }
}
