using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>A lane's sums of 64 columns and 8 rows.</summary>
public struct ColumnSums
{
    /// <summary>Columns 0 to 15.</summary>
    public MatrixSums Block0;

    /// <summary>Columns 16 to 31.</summary>
    public MatrixSums Block1;

    /// <summary>Columns 32 to 47.</summary>
    public MatrixSums Block2;

    /// <summary>Columns 48 to 63.</summary>
    public MatrixSums Block3;

    /// <summary>Adds sums, element by element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ColumnSums Add(ColumnSums left, ColumnSums right)
    {
        left.Block0 = MatrixProduct.Add(left.Block0, right.Block0);
        left.Block1 = MatrixProduct.Add(left.Block1, right.Block1);
        left.Block2 = MatrixProduct.Add(left.Block2, right.Block2);
        left.Block3 = MatrixProduct.Add(left.Block3, right.Block3);
        return left;
    }

    /// <summary>Sums in a lane.</summary>
    public const int Count = 16;

    /// <summary>Lays the sums out, one <paramref name="stride"/> after the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ColumnSums sums, ArrayView<float> target, long first, int stride)
    {
        MatrixProduct.Store(sums.Block0, target, first, stride);
        MatrixProduct.Store(sums.Block1, target, first + 4 * stride, stride);
        MatrixProduct.Store(sums.Block2, target, first + 8 * stride, stride);
        MatrixProduct.Store(sums.Block3, target, first + 12 * stride, stride);
    }

    /// <summary>Reads the sums back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ColumnSums Load(ArrayView<float> source, long first, int stride)
    {
        ColumnSums sums;
        sums.Block0 = MatrixProduct.Load(source, first, stride);
        sums.Block1 = MatrixProduct.Load(source, first + 4 * stride, stride);
        sums.Block2 = MatrixProduct.Load(source, first + 8 * stride, stride);
        sums.Block3 = MatrixProduct.Load(source, first + 12 * stride, stride);
        return sums;
    }

    /// <summary>Gives the finished sums on.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="output">Where they go.</param>
    /// <param name="rows">Rows there are.</param>
    /// <param name="row">This lane's first row.</param>
    /// <param name="column">This lane's first column.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish<TFinish>(ColumnSums sums, LinearOutput output, int rows, int row, int column)
        where TFinish : struct, IFinish
    {
        MatrixProduct.Finish<TFinish>(sums.Block0, output, rows, row, column);
        MatrixProduct.Finish<TFinish>(sums.Block1, output, rows, row, column + MatrixLayout.ColumnsPerBlock);
        MatrixProduct.Finish<TFinish>(sums.Block2, output, rows, row, column + 2 * MatrixLayout.ColumnsPerBlock);
        MatrixProduct.Finish<TFinish>(sums.Block3, output, rows, row, column + 3 * MatrixLayout.ColumnsPerBlock);
    }
}

/// <summary>A lane's sums of a warp's tile, 64 columns and 32 rows.</summary>
public struct WarpTile : ISums<WarpTile>
{
    /// <summary>Columns of the tile.</summary>
    public const int Columns = 64;

    /// <summary>Rows of the tile.</summary>
    public const int Rows = 32;

    private ColumnSums _rows0;
    private ColumnSums _rows1;
    private ColumnSums _rows2;
    private ColumnSums _rows3;

    /// <summary>Adds the products of a step to the sums.</summary>
    /// <param name="tile">The sums.</param>
    /// <param name="staged">Weights and inputs of the step.</param>
    /// <param name="weights">This lane's packet of the first of four blocks of columns.</param>
    /// <param name="inputs">This lane's packet of the first of four blocks of rows.</param>
    /// <param name="exchange">See <see cref="IMatrixUnit"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WarpTile MultiplyAdd<TUnit, TMemory, TWeights>(
        WarpTile tile, StagedPackets staged, int weights, int inputs, ArrayView<uint> exchange)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
    {
        Packet input0 = TMemory.LoadStaged(staged, inputs);
        Packet input1 = TMemory.LoadStaged(staged, inputs + MatrixLayout.Lanes);
        Packet input2 = TMemory.LoadStaged(staged, inputs + 2 * MatrixLayout.Lanes);
        Packet input3 = TMemory.LoadStaged(staged, inputs + 3 * MatrixLayout.Lanes);

        // One block of 16 columns after the other, so that few weights are in registers at a time.
        BlockWeights columns = TWeights.Load<TUnit, TMemory>(staged, weights);
        tile._rows0.Block0 = MatrixProduct.MultiplyAdd<TUnit>(tile._rows0.Block0, columns.Low, columns.High, input0, exchange);
        tile._rows1.Block0 = MatrixProduct.MultiplyAdd<TUnit>(tile._rows1.Block0, columns.Low, columns.High, input1, exchange);
        tile._rows2.Block0 = MatrixProduct.MultiplyAdd<TUnit>(tile._rows2.Block0, columns.Low, columns.High, input2, exchange);
        tile._rows3.Block0 = MatrixProduct.MultiplyAdd<TUnit>(tile._rows3.Block0, columns.Low, columns.High, input3, exchange);
        columns = TWeights.Load<TUnit, TMemory>(staged, weights + TWeights.PacketsPerBlock * MatrixLayout.Lanes);
        tile._rows0.Block1 = MatrixProduct.MultiplyAdd<TUnit>(tile._rows0.Block1, columns.Low, columns.High, input0, exchange);
        tile._rows1.Block1 = MatrixProduct.MultiplyAdd<TUnit>(tile._rows1.Block1, columns.Low, columns.High, input1, exchange);
        tile._rows2.Block1 = MatrixProduct.MultiplyAdd<TUnit>(tile._rows2.Block1, columns.Low, columns.High, input2, exchange);
        tile._rows3.Block1 = MatrixProduct.MultiplyAdd<TUnit>(tile._rows3.Block1, columns.Low, columns.High, input3, exchange);
        columns = TWeights.Load<TUnit, TMemory>(staged, weights + 2 * TWeights.PacketsPerBlock * MatrixLayout.Lanes);
        tile._rows0.Block2 = MatrixProduct.MultiplyAdd<TUnit>(tile._rows0.Block2, columns.Low, columns.High, input0, exchange);
        tile._rows1.Block2 = MatrixProduct.MultiplyAdd<TUnit>(tile._rows1.Block2, columns.Low, columns.High, input1, exchange);
        tile._rows2.Block2 = MatrixProduct.MultiplyAdd<TUnit>(tile._rows2.Block2, columns.Low, columns.High, input2, exchange);
        tile._rows3.Block2 = MatrixProduct.MultiplyAdd<TUnit>(tile._rows3.Block2, columns.Low, columns.High, input3, exchange);
        columns = TWeights.Load<TUnit, TMemory>(staged, weights + 3 * TWeights.PacketsPerBlock * MatrixLayout.Lanes);
        tile._rows0.Block3 = MatrixProduct.MultiplyAdd<TUnit>(tile._rows0.Block3, columns.Low, columns.High, input0, exchange);
        tile._rows1.Block3 = MatrixProduct.MultiplyAdd<TUnit>(tile._rows1.Block3, columns.Low, columns.High, input1, exchange);
        tile._rows2.Block3 = MatrixProduct.MultiplyAdd<TUnit>(tile._rows2.Block3, columns.Low, columns.High, input2, exchange);
        tile._rows3.Block3 = MatrixProduct.MultiplyAdd<TUnit>(tile._rows3.Block3, columns.Low, columns.High, input3, exchange);
        return tile;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WarpTile Add(WarpTile left, WarpTile right)
    {
        left._rows0 = ColumnSums.Add(left._rows0, right._rows0);
        left._rows1 = ColumnSums.Add(left._rows1, right._rows1);
        left._rows2 = ColumnSums.Add(left._rows2, right._rows2);
        left._rows3 = ColumnSums.Add(left._rows3, right._rows3);
        return left;
    }

    /// <inheritdoc/>
    public static int Count => 4 * ColumnSums.Count;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(WarpTile sums, ArrayView<float> target, long first, int stride)
    {
        ColumnSums.Store(sums._rows0, target, first, stride);
        ColumnSums.Store(sums._rows1, target, first + ColumnSums.Count * stride, stride);
        ColumnSums.Store(sums._rows2, target, first + 2 * ColumnSums.Count * stride, stride);
        ColumnSums.Store(sums._rows3, target, first + 3 * ColumnSums.Count * stride, stride);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WarpTile AddStored(WarpTile sums, ArrayView<float> source, long first, int stride)
    {
        sums._rows0 = ColumnSums.Add(sums._rows0, ColumnSums.Load(source, first, stride));
        sums._rows1 = ColumnSums.Add(sums._rows1, ColumnSums.Load(source, first + ColumnSums.Count * stride, stride));
        sums._rows2 = ColumnSums.Add(sums._rows2, ColumnSums.Load(source, first + 2 * ColumnSums.Count * stride, stride));
        sums._rows3 = ColumnSums.Add(sums._rows3, ColumnSums.Load(source, first + 3 * ColumnSums.Count * stride, stride));
        return sums;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish<TFinish>(WarpTile sums, LinearOutput output, int rows, int row, int column)
        where TFinish : struct, IFinish
    {
        ColumnSums.Finish<TFinish>(sums._rows0, output, rows, row, column);
        ColumnSums.Finish<TFinish>(sums._rows1, output, rows, row + 8, column);
        ColumnSums.Finish<TFinish>(sums._rows2, output, rows, row + 16, column);
        ColumnSums.Finish<TFinish>(sums._rows3, output, rows, row + 24, column);
    }
}
