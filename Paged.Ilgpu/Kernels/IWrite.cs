using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels;

/// <summary>What a linear layer does with a finished sum, given to the kernel as a type parameter.</summary>
public interface IWrite
{
    /// <summary>Reads what is added to every sum of a column.</summary>
    /// <param name="bias">[column]; not read where the layer has no bias.</param>
    /// <param name="column">Output feature.</param>
    static abstract float LoadBias(ArrayView<float> bias, int column);

    /// <summary>Writes one element.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="index">The element.</param>
    /// <param name="sum">The finished sum over input features.</param>
    /// <param name="bias">What <see cref="LoadBias"/> gave.</param>
    static abstract void Write(ArrayView<float> output, long index, float sum, float bias);
}

/// <summary>The element replaces what was there.</summary>
public readonly struct Assign : IWrite
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LoadBias(ArrayView<float> bias, int column) => 0;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ArrayView<float> output, long index, float sum, float bias) => output[index] = sum;
}

/// <summary>The element is added to what was there: a linear layer whose result joins the residual stream.</summary>
public readonly struct Accumulate : IWrite
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LoadBias(ArrayView<float> bias, int column) => 0;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ArrayView<float> output, long index, float sum, float bias) => output[index] += sum;
}

/// <summary>The element with its bias replaces what was there.</summary>
public readonly struct AssignBiased : IWrite
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LoadBias(ArrayView<float> bias, int column) => bias[column];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ArrayView<float> output, long index, float sum, float bias) => output[index] = sum + bias;
}

/// <summary>The element with its bias is added to what was there.</summary>
public readonly struct AccumulateBiased : IWrite
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LoadBias(ArrayView<float> bias, int column) => bias[column];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ArrayView<float> output, long index, float sum, float bias) => output[index] += sum + bias;
}
