using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels;

/// <summary>What a linear layer does with a finished element, given to the kernel as a type parameter.</summary>
public interface IWrite
{
    /// <summary>Writes one element.</summary>
    static abstract void Write(ArrayView<float> output, long index, float value);
}

/// <summary>The element replaces what was there.</summary>
public readonly struct Assign : IWrite
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ArrayView<float> output, long index, float value) => output[index] = value;
}

/// <summary>The element is added to what was there: a linear layer whose result joins the residual stream.</summary>
public readonly struct Accumulate : IWrite
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ArrayView<float> output, long index, float value) => output[index] += value;
}
