using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// What a linear layer does with its finished sums, two columns of a block at a time, given to the kernel as a type parameter. What a result is
/// comes before the question whether there is such a row, so that the results of many rows are computed side by side.
/// </summary>
public interface IFinish
{
    /// <summary>Whether sums are added to what the output holds.</summary>
    static abstract bool AddsToOutput { get; }

    /// <summary>Which result of a row a column's sum is for.</summary>
    /// <param name="column">The lower of a lane's two columns.</param>
    static abstract int ResultOf(int column);

    /// <summary>The output from one of its results on: places of others are small numbers then, which are cheaper.</summary>
    /// <param name="output">The output.</param>
    /// <param name="first">The result.</param>
    static abstract LinearOutput From(LinearOutput output, long first);

    /// <summary>Takes the sums of a row for two columns, eight apart.</summary>
    /// <param name="target">Where they go.</param>
    /// <param name="further">The row, counted from the target's first; there may be none.</param>
    /// <param name="low">The sum of the lower column.</param>
    /// <param name="high">The sum of the column eight further, which may lie in the padding.</param>
    static abstract void Finish(LinearTarget target, int further, float low, float high);
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
    public static bool AddsToOutput => false;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ResultOf(int column) => column;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LinearOutput From(LinearOutput output, long first)
    {
        output.Elements = output.Elements.SubView(first);
        return output;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish(LinearTarget target, int further, float low, float high)
    {
        bool hasRow = LinearTarget.HasRow(target, further);
        int index = further * target.Output.Stride;
        if (hasRow & target.ResultsLeft > 0)
            target.Output.Elements[index] = low;
        if (hasRow & target.ResultsLeft > MatrixLayout.ColumnsPerTile)
            target.Output.Elements[index + MatrixLayout.ColumnsPerTile] = high;
    }
}

/// <summary>
/// The sums are added to what was there: a result that joins the residual stream. Each element is added to once; the addition is left to the
/// memory, because an item that read, added and wrote one element after the other would wait for each.
/// </summary>
public readonly struct AddSums : IFinish
{
    /// <inheritdoc/>
    public static bool AddsToOutput => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ResultOf(int column) => column;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LinearOutput From(LinearOutput output, long first)
    {
        output.Elements = output.Elements.SubView(first);
        return output;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish(LinearTarget target, int further, float low, float high)
    {
        bool hasRow = LinearTarget.HasRow(target, further);
        int index = further * target.Output.Stride;
        if (hasRow & target.ResultsLeft > 0)
            Atomic.Add(ref target.Output.Elements[index], low);
        if (hasRow & target.ResultsLeft > MatrixLayout.ColumnsPerTile)
            Atomic.Add(ref target.Output.Elements[index + MatrixLayout.ColumnsPerTile], high);
    }
}

/// <summary>
/// SwiGLU (Shazeer 2020): a block's first tile are gates and its second tile the same features' ups, and silu(gate) × up is rounded to
/// what the next linear layer takes.
/// </summary>
/// <typeparam name="TUnit">The matrix unit that takes it.</typeparam>
public readonly struct SwiGluSums<TUnit> : IFinish
    where TUnit : struct, IMatrixUnit
{
    private const float ExponentScale = -1.44269504088896f; // of two, for e to the power of minus a value

    /// <inheritdoc/>
    public static bool AddsToOutput => false;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ResultOf(int column) =>
        (column >> 4) * MatrixLayout.ColumnsPerTile + (column & (MatrixLayout.ColumnsPerTile - 1)); // ILGPU leaves divisions as they are

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LinearOutput From(LinearOutput output, long first)
    {
        output.Halves = output.Halves.SubView(first);
        return output;
    }

    /// <inheritdoc/>
    /// <remarks>By a reciprocal: an exact division branches, so that one result would wait for the other.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish(LinearTarget target, int further, float low, float high)
    {
        float silu = low * TUnit.Reciprocal(1 + TUnit.Exp2(low * ExponentScale));
        ushort product = (ushort)TUnit.Pack(silu * high, 0);
        int index = further * target.Output.Stride;
        if (LinearTarget.HasRow(target, further) & target.ResultsLeft > 0)
            target.Output.Halves[index] = product;
    }
}
