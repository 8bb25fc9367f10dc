using System.Runtime.InteropServices;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>A tensor that a test writes into a checkpoint, under the name that the file shall give it.</summary>
internal sealed record TestTensor(string Name, ElementType Type, long[] Shape, byte[] Data)
{
    /// <summary>A tensor of the given elements, which must be exact in the type.</summary>
    public static TestTensor Of(string name, ElementType type, long[] shape, ReadOnlySpan<float> values) =>
        new(name, type, shape, Narrow(type, values));

    /// <summary>Elements as they are stored, little-endian.</summary>
    public static byte[] Narrow(ElementType type, ReadOnlySpan<float> values)
    {
        if (type == ElementType.Float32)
            return MemoryMarshal.AsBytes(values).ToArray();
        var narrow = new ushort[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            narrow[i] = type == ElementType.BFloat16
                ? (ushort)(BitConverter.SingleToUInt32Bits(values[i]) >> 16)
                : BitConverter.HalfToUInt16Bits((Half)values[i]);
        }

        return MemoryMarshal.AsBytes(narrow.AsSpan()).ToArray();
    }
}
