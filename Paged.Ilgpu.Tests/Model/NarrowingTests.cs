using System.Runtime.InteropServices;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Model;

namespace Paged.Ilgpu.Tests.Model;

public class NarrowingTests
{
    private const int Seed = 3;

    // Every pattern of a float's upper bits, with lower ones that round down, up and to even.
    [Test]
    public void Many_at_a_time_are_rounded_as_the_kernels_round_one([Values(ElementType.BFloat16, ElementType.Float16)] ElementType type)
    {
        uint[] lower = [0, 1, 0x0fff, 0x1000, 0x1001, 0x7fff, 0x8000, 0x8001, 0xffff, (uint)new Random(Seed).Next(0x10000)];
        uint[] bits = [.. from upper in Enumerable.Range(0, 0x10000) from low in lower select ((uint)upper << 16) | low, 0x3f8a_bcde];
        float[] source = MemoryMarshal.Cast<uint, float>(bits).ToArray();
        var narrowed = new ushort[source.Length];
        Narrowing.Narrow(source, type, MemoryMarshal.AsBytes(narrowed.AsSpan()));
        for (int i = 0; i < source.Length; i++)
        {
            uint expected = type == ElementType.BFloat16 ? BFloat16.Narrow(source[i]) : Float16.Narrow(source[i]);
            if (narrowed[i] != expected)
                Assert.Fail($"seed {Seed}: 0x{bits[i]:X8} became 0x{narrowed[i]:X4}, expected 0x{expected:X4}");
        }
    }

    [Test]
    public void Float32_is_copied()
    {
        float[] source = [1, -0f, float.NaN];
        var copy = new float[3];
        Narrowing.Narrow(source, ElementType.Float32, MemoryMarshal.AsBytes(copy.AsSpan()));
        Assert.That(copy.Select(BitConverter.SingleToUInt32Bits), Is.EqualTo(source.Select(BitConverter.SingleToUInt32Bits)));
    }
}
