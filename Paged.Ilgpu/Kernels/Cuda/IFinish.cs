using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>What a linear layer does with its finished sums, two columns of a block at a time, given to the kernel as a type parameter.</summary>
public interface IFinish
{
    /// <summary>Takes the sums of a row for two columns, eight apart.</summary>
    /// <param name="output">Where they go, and how many columns there are.</param>
    /// <param name="row">The row.</param>
    /// <param name="column">The lower of the two columns; it may lie in the padding.</param>
    /// <param name="low">Its sum.</param>
    /// <param name="high">The sum of the column eight further, which may lie in the padding.</param>
    static abstract void Finish(LinearOutput output, int row, int column, float low, float high);
}

/// <summary>The output of a linear layer. Passed to kernels by value.</summary>
public struct LinearOutput
{
    /// <summary>[row, stride], float32.</summary>
    public ArrayView<float> Elements;

    /// <summary>[row, stride], of 16 bits: in place of <see cref="Elements"/>, where the next layer takes it as it is.</summary>
    public ArrayView<ushort> Halves;

    /// <summary>[column padded to whole tiles], what sums are multiplied with where the weights are quantized, see <see cref="PackedMatrix"/>.</summary>
    public ArrayView<float> Scales;

    /// <summary>[column padded to whole tiles], what is added to sums where the layer has a bias.</summary>
    public ArrayView<float> Biases;

    /// <summary>Output features.</summary>
    public int Columns;

    /// <summary>Elements from a row to the next.</summary>
    public int Stride;
}

/// <summary>The sums replace what was there, as float32.</summary>
public readonly struct AssignSums : IFinish
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish(LinearOutput output, int row, int column, float low, float high)
    {
        long index = (long)row * output.Stride + column;
        if (column < output.Columns)
            output.Elements[index] = low;
        if (column + MatrixLayout.ColumnsPerTile < output.Columns)
            output.Elements[index + MatrixLayout.ColumnsPerTile] = high;
    }
}

/// <summary>
/// The sums are added to what was there: a result that joins the residual stream. Each element is added to once; the addition is left to the
/// memory, because an item that read, added and wrote one element after the other would wait for each.
/// </summary>
public readonly struct AddSums : IFinish
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish(LinearOutput output, int row, int column, float low, float high)
    {
        long index = (long)row * output.Stride + column;
        if (column < output.Columns)
            Atomic.Add(ref output.Elements[index], low);
        if (column + MatrixLayout.ColumnsPerTile < output.Columns)
            Atomic.Add(ref output.Elements[index + MatrixLayout.ColumnsPerTile], high);
    }
}

/// <summary>
/// SwiGLU (Shazeer 2020): a block's first tile are gates and its second tile the same features' ups, and silu(gate) × up is rounded to
/// what the next linear layer takes.
/// </summary>
/// <typeparam name="TElement">The type of the next layer's input.</typeparam>
public readonly struct SwiGluSums<TElement> : IFinish
    where TElement : struct, IElement16
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish(LinearOutput output, int row, int column, float low, float high)
    {
        int feature = column / MatrixLayout.ColumnsPerBlock * MatrixLayout.ColumnsPerTile + column % MatrixLayout.ColumnsPerTile;
        if (feature < output.Columns)
            output.Halves[(long)row * output.Stride + feature] = (ushort)TElement.Narrow(low / (1 + XMath.Exp(-low)) * high);
    }
}
