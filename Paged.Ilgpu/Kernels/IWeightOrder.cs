using System.Runtime.CompilerServices;
using Paged.Ilgpu.Kernels.Cuda;

namespace Paged.Ilgpu.Kernels;

/// <summary>Where a weight matrix's octets lie, given to a kernel as a type parameter.</summary>
public interface IWeightOrder
{
    /// <summary>The place of an octet.</summary>
    /// <param name="column">Output feature.</param>
    /// <param name="octet">Octet of its input features.</param>
    /// <param name="octets">Octets of the input features.</param>
    static abstract long Place(int column, int octet, int octets);
}

/// <summary>The order of <see cref="PackedLayout"/>.</summary>
public readonly struct InterleavedOrder : IWeightOrder
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Place(int column, int octet, int octets) =>
        PackedLayout.FirstOctet(column, octets) + (long)octet * PackedLayout.ColumnsPerTile;
}

/// <summary>The order of <see cref="MatrixLayout"/>.</summary>
public readonly struct MatrixOrder : IWeightOrder
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Place(int column, int octet, int octets) => MatrixLayout.Place(column, octet, octets);
}
