using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels;

/// <summary>
/// Weights of one byte, whole numbers from -127 to 127 in units of their column's scale: the column's largest magnitude divided by 127.
/// They are widened exactly, summed as whole numbers' products, and a finished sum is scaled once.
/// </summary>
public readonly struct Int8 : IWeightElement
{
    /// <summary>The largest magnitude; -128 is not used, so that the numbers are symmetric.</summary>
    public const int Largest = 127;

    /// <inheritdoc/>
    public static int WordsPerOctet => 2;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet Load(ArrayView<Packet> packets, long octet)
    {
        ulong bytes = packets.Cast<ulong>()[octet];
        uint low = (uint)bytes;
        uint high = (uint)(bytes >> 32);
        Octet result;
        result.E0 = Widen(low, 0);
        result.E1 = Widen(low, 1);
        result.E2 = Widen(low, 2);
        result.E3 = Widen(low, 3);
        result.E4 = Widen(high, 0);
        result.E5 = Widen(high, 1);
        result.E6 = Widen(high, 2);
        result.E7 = Widen(high, 3);
        return result;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Widen(uint word, int index) => (int)(word << (24 - 8 * index)) >> 24;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Scale(float sum, ArrayView<float> scales, int column) => sum * scales[column];
}
