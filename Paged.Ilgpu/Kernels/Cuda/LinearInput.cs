using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>The input of a linear layer. Passed to kernels by value.</summary>
/// <param name="packets">[row, octet], of the weights' type.</param>
/// <param name="rows">Rows there are; beyond the last one, the last one is read.</param>
/// <param name="octets">Octets of a row.</param>
public readonly struct LinearInput(PacketSource packets, int rows, int octets)
{
    /// <summary>[row, octet].</summary>
    public PacketSource Packets { get; } = packets;

    /// <summary>Rows there are.</summary>
    public int Rows { get; } = rows;

    /// <summary>Octets of a row.</summary>
    public int Octets { get; } = octets;

    /// <summary>The place of an octet, in a row that surely exists: what a padding row gives is never used, whatever it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Place(int row, int octet) => (long)IntrinsicMath.Min(row, Rows - 1) * Octets + octet;
}
