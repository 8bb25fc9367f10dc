using System.Numerics;
using System.Runtime.InteropServices;
using Paged.Ilgpu.Kernels;

namespace Paged.Ilgpu.Model;

/// <summary>Rounds float32 to an element type, many at a time: the same bits as the kernels' own Narrow gives.</summary>
internal static class Narrowing
{
    /// <summary>Rounds to the nearest, ties to even.</summary>
    /// <param name="source">[element].</param>
    /// <param name="type">The type to round to.</param>
    /// <param name="target">Receives the elements, little-endian, [element × size].</param>
    public static void Narrow(ReadOnlySpan<float> source, ElementType type, Span<byte> target)
    {
        switch (type)
        {
            case ElementType.Float32:
                MemoryMarshal.AsBytes(source).CopyTo(target);
                break;
            case ElementType.BFloat16:
                NarrowToBFloat16(MemoryMarshal.Cast<float, uint>(source), MemoryMarshal.Cast<byte, ushort>(target));
                break;
            default:
                NarrowToFloat16(MemoryMarshal.Cast<float, uint>(source), MemoryMarshal.Cast<byte, ushort>(target));
                break;
        }
    }

    /// <summary>The value after a journey through an element type.</summary>
    public static float Round(float value, ElementType type) => type switch
    {
        ElementType.Float32 => value,
        ElementType.BFloat16 => BFloat16.Round(value),
        _ => Float16.Round(value),
    };

    private static void NarrowToBFloat16(ReadOnlySpan<uint> source, Span<ushort> target)
    {
        int done = 0;
        for (; done <= source.Length - Vector<ushort>.Count; done += Vector<ushort>.Count)
        {
            Vector<uint> low = NarrowToBFloat16(new Vector<uint>(source[done..]));
            Vector<uint> high = NarrowToBFloat16(new Vector<uint>(source[(done + Vector<uint>.Count)..]));
            Vector.Narrow(low, high).CopyTo(target[done..]);
        }

        for (; done < source.Length; done++)
            target[done] = (ushort)BFloat16.Narrow(BitConverter.UInt32BitsToSingle(source[done]));
    }

    private static void NarrowToFloat16(ReadOnlySpan<uint> source, Span<ushort> target)
    {
        int done = 0;
        for (; done <= source.Length - Vector<ushort>.Count; done += Vector<ushort>.Count)
        {
            Vector<uint> low = NarrowToFloat16(new Vector<uint>(source[done..]));
            Vector<uint> high = NarrowToFloat16(new Vector<uint>(source[(done + Vector<uint>.Count)..]));
            Vector.Narrow(low, high).CopyTo(target[done..]);
        }

        for (; done < source.Length; done++)
            target[done] = (ushort)Float16.Narrow(BitConverter.UInt32BitsToSingle(source[done]));
    }

    // The expressions of BFloat16.Narrow and Float16.Narrow, a lane each.
    private static Vector<uint> NarrowToBFloat16(Vector<uint> bits)
    {
        Vector<uint> rounded = bits + new Vector<uint>(0x7fff) + ((bits >>> 16) & Vector<uint>.One) >>> 16;
        Vector<uint> isNaN = Vector.GreaterThan(bits & new Vector<uint>(0x7fffffff), new Vector<uint>(0x7f800000));
        return Vector.ConditionalSelect(isNaN, (bits >>> 16) | new Vector<uint>(0x40), rounded);
    }

    private static Vector<uint> NarrowToFloat16(Vector<uint> bits)
    {
        Vector<uint> sign = (bits >>> 16) & new Vector<uint>(0x8000);
        Vector<uint> magnitude = bits & new Vector<uint>(0x7fffffff);
        Vector<uint> subnormal =
            Vector.AsVectorUInt32(Vector.AsVectorSingle(magnitude) + new Vector<float>(0.5f)) - new Vector<uint>(0x3f000000);
        Vector<uint> normal =
            magnitude - new Vector<uint>(0x38000000) + new Vector<uint>(0xfff) + ((magnitude >>> 13) & Vector<uint>.One) >>> 13;
        Vector<uint> isNaN = Vector.GreaterThan(magnitude, new Vector<uint>(0x7f800000));
        Vector<uint> special = Vector.ConditionalSelect(isNaN, new Vector<uint>(0x7e00), new Vector<uint>(0x7c00));
        Vector<uint> isSpecial = Vector.GreaterThanOrEqual(magnitude, new Vector<uint>(0x477ff000));
        Vector<uint> isSubnormal = Vector.LessThan(magnitude, new Vector<uint>(0x38800000));
        return sign | Vector.ConditionalSelect(isSubnormal, subnormal, Vector.ConditionalSelect(isSpecial, special, normal));
    }
}
