using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels;

/// <summary>Elements of four bytes, IEEE 754 binary32.</summary>
public readonly struct Float32 : IElement
{
    /// <inheritdoc/>
    public static int PacketsPerOctet => 2;

    /// <inheritdoc/>
    public static int WordsPerOctet => 8;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet Load(ArrayView<Packet> packets, long octet)
    {
        Packet low = packets[2 * octet];
        Packet high = packets[2 * octet + 1];
        Octet result;
        result.E0 = Interop.IntAsFloat(low.Word0);
        result.E1 = Interop.IntAsFloat(low.Word1);
        result.E2 = Interop.IntAsFloat(low.Word2);
        result.E3 = Interop.IntAsFloat(low.Word3);
        result.E4 = Interop.IntAsFloat(high.Word0);
        result.E5 = Interop.IntAsFloat(high.Word1);
        result.E6 = Interop.IntAsFloat(high.Word2);
        result.E7 = Interop.IntAsFloat(high.Word3);
        return result;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ArrayView<Packet> packets, long octet, Octet value)
    {
        packets[2 * octet] = new Packet(
            Interop.FloatAsInt(value.E0), Interop.FloatAsInt(value.E1), Interop.FloatAsInt(value.E2), Interop.FloatAsInt(value.E3));
        packets[2 * octet + 1] = new Packet(
            Interop.FloatAsInt(value.E4), Interop.FloatAsInt(value.E5), Interop.FloatAsInt(value.E6), Interop.FloatAsInt(value.E7));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LoadElement(ArrayView<Packet> packets, long element) => packets.Cast<float>()[element];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Widen(uint word, int index) => Interop.IntAsFloat(word);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Scale(float sum, ArrayView<float> scales, int column) => sum;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreElement(ArrayView<Packet> packets, long element, float value) => packets.Cast<float>()[element] = value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Round(float value) => value;
}
