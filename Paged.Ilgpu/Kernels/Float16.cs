using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels;

/// <summary>Elements of two bytes, IEEE 754 binary16.</summary>
public readonly struct Float16 : IElement16
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
        result.E0 = Widen(packet.Word0 & 0xffffu);
        result.E1 = Widen(packet.Word0 >> 16);
        result.E2 = Widen(packet.Word1 & 0xffffu);
        result.E3 = Widen(packet.Word1 >> 16);
        result.E4 = Widen(packet.Word2 & 0xffffu);
        result.E5 = Widen(packet.Word2 >> 16);
        result.E6 = Widen(packet.Word3 & 0xffffu);
        result.E7 = Widen(packet.Word3 >> 16);
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
    public static float LoadElement(ArrayView<Packet> packets, long element) => Widen(packets.Cast<ushort>()[element]);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Widen(uint word, int index) => Widen(index == 0 ? word & 0xffffu : word >> 16);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Scale(float sum, ArrayView<float> scales, int column) => sum;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreElement(ArrayView<Packet> packets, long element, float value) => packets.Cast<ushort>()[element] = (ushort)Narrow(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Round(float value) => Widen(Narrow(value));

    /// <summary>The float32 of sixteen bits, exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Widen(uint bits)
    {
        uint sign = (bits & 0x8000u) << 16;
        uint magnitude = bits & 0x7fffu;

        // A subnormal is a multiple of 2^-24: put into the mantissa of 2^-14 it is one once 2^-14 is taken away. No float32 subnormal
        // appears on the way, since a device may flush those.
        float subnormal = Interop.IntAsFloat((magnitude << 13) + 0x38800000u) - Interop.IntAsFloat(0x38800000u);
        uint normal = (magnitude << 13) + 0x38000000u;
        uint special = magnitude << 13 | 0x7f800000u;
        uint result = magnitude < 0x400u ? Interop.FloatAsInt(subnormal) : magnitude < 0x7c00u ? normal : special;
        return Interop.IntAsFloat(result | sign);
    }

    /// <summary>The sixteen bits of the nearest binary16, ties to even; too large becomes infinity, a NaN stays a NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Narrow(float value)
    {
        uint bits = Interop.FloatAsInt(value);
        uint sign = bits >> 16 & 0x8000u;
        uint magnitude = bits & 0x7fffffffu;

        // Below 2^-14 the result is subnormal: adding 0.5 lets the float adder round at the place of 2^-24, to even.
        uint subnormal = Interop.FloatAsInt(Interop.IntAsFloat(magnitude) + 0.5f) - 0x3f000000u;
        uint normal = (magnitude - 0x38000000u + 0xfffu + (magnitude >> 13 & 1u)) >> 13;
        uint special = magnitude > 0x7f800000u ? 0x7e00u : 0x7c00u;
        uint result = magnitude < 0x38800000u ? subnormal : magnitude >= 0x477ff000u ? special : normal;
        return sign | result;
    }
}
