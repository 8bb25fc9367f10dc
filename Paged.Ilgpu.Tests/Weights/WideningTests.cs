using System.Runtime.InteropServices;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Weights;

public class WideningTests
{
    private static readonly ushort[] EveryPattern = [.. Enumerable.Range(0, 65536).Select(bits => (ushort)bits)];

    [Test]
    public void every_bfloat16_is_the_upper_half_of_its_float32() =>
        Check(ElementType.BFloat16, bits => BitConverter.UInt32BitsToSingle((uint)bits << 16));

    [Test]
    public void every_float16_is_widened_exactly() => Check(ElementType.Float16, bits => (float)BitConverter.UInt16BitsToHalf(bits));

    [TestCase(ElementType.Float32)]
    [TestCase(ElementType.BFloat16)]
    [TestCase(ElementType.Float16)]
    public void any_length_at_any_address_is_widened(ElementType type)
    {
        for (int length = 0; length < 70; length++)
        {
            float[] values = [.. Enumerable.Range(0, length).Select(i => i - 35f)];
            byte[] stored = Support.TestTensor.Narrow(type, values);
            var widened = new float[length];
            Widening.Widen(type, new byte[] { 0 }.Concat(stored).ToArray().AsSpan(1), widened); // one byte off alignment
            Assert.That(widened, Is.EqualTo(values));
        }
    }

    private static void Check(ElementType type, Func<ushort, float> expected)
    {
        var widened = new float[EveryPattern.Length];
        Widening.Widen(type, MemoryMarshal.AsBytes(EveryPattern.AsSpan()), widened);
        for (int bits = 0; bits < widened.Length; bits++)
        {
            float wanted = expected((ushort)bits);
            bool same = BitConverter.SingleToUInt32Bits(widened[bits]) == BitConverter.SingleToUInt32Bits(wanted);
            if (!same && !(float.IsNaN(wanted) && float.IsNaN(widened[bits]))) // a NaN's payload means nothing
                Assert.Fail($"0x{bits:X4} gave {widened[bits]:R}, expected {wanted:R}");
        }
    }
}
