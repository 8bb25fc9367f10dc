using System.Numerics;
using System.Runtime.InteropServices;

namespace Paged.Ilgpu.Weights;

/// <summary>Turns stored elements into float32. Every value of a 16-bit type is a float32, so nothing is rounded.</summary>
internal static class Widening
{
    /// <summary>Widens <paramref name="source"/>, little-endian, into as many elements as it holds.</summary>
    /// <param name="type">The stored type.</param>
    /// <param name="source">Bytes, [elements × size]; need not be aligned.</param>
    /// <param name="destination">Receives the values, [elements].</param>
    public static void Widen(ElementType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        switch (type)
        {
            case ElementType.Float32:
                source.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case ElementType.BFloat16:
                WidenBFloat16(MemoryMarshal.Cast<byte, ushort>(source), MemoryMarshal.Cast<float, uint>(destination));
                break;
            default:
                WidenFloat16(MemoryMarshal.Cast<byte, ushort>(source), MemoryMarshal.Cast<float, uint>(destination));
                break;
        }
    }

    private static void WidenBFloat16(ReadOnlySpan<ushort> source, Span<uint> destination)
    {
        int done = 0;
        for (; done <= source.Length - Vector<ushort>.Count; done += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(source[done..]), out Vector<uint> low, out Vector<uint> high);
            (low << 16).CopyTo(destination[done..]);
            (high << 16).CopyTo(destination[(done + Vector<uint>.Count)..]);
        }

        for (; done < source.Length; done++)
            destination[done] = (uint)source[done] << 16;
    }

    private static void WidenFloat16(ReadOnlySpan<ushort> source, Span<uint> destination)
    {
        int done = 0;
        for (; done <= source.Length - Vector<ushort>.Count; done += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(source[done..]), out Vector<uint> low, out Vector<uint> high);
            WidenFloat16(low).CopyTo(destination[done..]);
            WidenFloat16(high).CopyTo(destination[(done + Vector<uint>.Count)..]);
        }

        for (; done < source.Length; done++)
            destination[done] = BitConverter.SingleToUInt32Bits((float)BitConverter.UInt16BitsToHalf(source[done]));
    }

    // The bits of the half, moved to a float's places, mean the value times 2^-112, subnormal or not; a product with 2^112 is exact.
    // Infinities and NaNs come out at 2^16 or above, where no half lies, and get the exponent of all ones.
    private static Vector<uint> WidenFloat16(Vector<uint> half)
    {
        Vector<uint> moved = (half & new Vector<uint>(0x7FFF)) << 13;
        Vector<float> magnitude = Vector.AsVectorSingle(moved) * new Vector<float>(5.192296858534828e33f);
        Vector<uint> tooLarge = Vector.AsVectorUInt32(Vector.GreaterThanOrEqual(magnitude, new Vector<float>(65536f)));
        Vector<uint> sign = (half & new Vector<uint>(0x8000)) << 16;
        return Vector.AsVectorUInt32(magnitude) | (tooLarge & new Vector<uint>(0x7F800000)) | sign;
    }
}
