using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels;

/// <summary>Elements of two bytes: the upper half of a binary32.</summary>
public readonly struct BFloat16 : IElement16
{
    /// <inheritdoc/>
    public static int PacketsPerOctet => 1;

    /// <inheritdoc/>
    public static int WordsPerOctet => 4;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet Load(ArrayView<Packet> packets, long octet)
    {
        Packet packet = packets[octet];
        Octet result;
        result.E0 = Interop.IntAsFloat(packet.Word0 << 16);
        result.E1 = Interop.IntAsFloat(packet.Word0 & 0xffff0000u);
        result.E2 = Interop.IntAsFloat(packet.Word1 << 16);
        result.E3 = Interop.IntAsFloat(packet.Word1 & 0xffff0000u);
        result.E4 = Interop.IntAsFloat(packet.Word2 << 16);
        result.E5 = Interop.IntAsFloat(packet.Word2 & 0xffff0000u);
        result.E6 = Interop.IntAsFloat(packet.Word3 << 16);
        result.E7 = Interop.IntAsFloat(packet.Word3 & 0xffff0000u);
        return result;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ArrayView<Packet> packets, long octet, Octet value) => packets[octet] = new Packet(
        Narrow(value.E0) | Narrow(value.E1) << 16,
        Narrow(value.E2) | Narrow(value.E3) << 16,
        Narrow(value.E4) | Narrow(value.E5) << 16,
        Narrow(value.E6) | Narrow(value.E7) << 16);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LoadElement(ArrayView<Packet> packets, long element) => Interop.IntAsFloat((uint)packets.Cast<ushort>()[element] << 16);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Widen(uint word, int index) => Interop.IntAsFloat(index == 0 ? word << 16 : word & 0xffff0000u);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Scale(float sum, ArrayView<float> scales, int column) => sum;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreElement(ArrayView<Packet> packets, long element, float value) => packets.Cast<ushort>()[element] = (ushort)Narrow(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Round(float value) => Interop.IntAsFloat(Narrow(value) << 16);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Widen(uint bits) => Interop.IntAsFloat(bits << 16);

    /// <summary>The sixteen bits of the nearest bfloat16, ties to even; a NaN stays a NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Narrow(float value)
    {
        uint bits = Interop.FloatAsInt(value);

        // Adding just under half of the last place, plus its lowest bit, carries into the kept half exactly when it must.
        uint rounded = (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
        return (bits & 0x7fffffffu) > 0x7f800000u ? bits >> 16 | 0x40u : rounded;
    }
}
