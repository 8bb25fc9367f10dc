namespace Paged.Ilgpu.Tests.Reference;

/// <summary>Between two neighbouring values rounding is a step: testing every neighbour, every midpoint and the floats beside it tests all.</summary>
public class RoundingTests
{
    private const int HighestFiniteHalf = 0x7BFF;
    private const int HighestFiniteBFloat16 = 0x7F7F;

    [Test]
    public void Every_float16_value_stays_and_everything_between_goes_where_system_half_says()
    {
        for (int bits = 0; bits <= HighestFiniteHalf; bits++)
        {
            float value = (float)BitConverter.UInt16BitsToHalf((ushort)bits);
            float next = bits == HighestFiniteHalf ? 65536 : (float)BitConverter.UInt16BitsToHalf((ushort)(bits + 1));
            foreach (float between in StepsBetween(value, next))
            {
                AssertSame(Rounding.To(ElementType.Float16, between), (float)(Half)between, between);
                AssertSame(Rounding.To(ElementType.Float16, -between), (float)(Half)(-between), -between);
            }
        }
    }

    [Test]
    public void Every_bfloat16_value_stays_and_everything_between_goes_where_the_bits_say()
    {
        for (uint bits = 0; bits <= HighestFiniteBFloat16; bits++)
        {
            foreach (uint below in (uint[])[0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF])
            {
                uint floatBits = (bits << 16) | below;
                // Adding half a place, or just under it where the value is even, carries exactly when the nearest is above.
                uint rounded = (floatBits + 0x7FFF + (bits & 1)) & 0xFFFF0000;
                float between = BitConverter.UInt32BitsToSingle(floatBits);
                AssertSame(Rounding.To(ElementType.BFloat16, between), BitConverter.UInt32BitsToSingle(rounded), between);
                AssertSame(Rounding.To(ElementType.BFloat16, -between), -BitConverter.UInt32BitsToSingle(rounded), -between);
            }
        }
    }

    [TestCase(ElementType.Float16, 65519.996f, 65504f)]
    [TestCase(ElementType.Float16, 65520f, float.PositiveInfinity)]
    [TestCase(ElementType.Float16, -65520f, float.NegativeInfinity)]
    [TestCase(ElementType.BFloat16, 3.3961775e38f, float.PositiveInfinity)]
    [TestCase(ElementType.BFloat16, 3.3895314e38f, 3.3895314e38f)]
    [TestCase(ElementType.Float16, 2.9802322e-8f, 0f)] // half of the smallest: a tie, to even
    [TestCase(ElementType.Float16, 2.9802326e-8f, 5.9604645e-8f)]
    [TestCase(ElementType.Float16, 1e30f, float.PositiveInfinity)]
    [TestCase(ElementType.Float16, float.Epsilon, 0f)]
    [TestCase(ElementType.Float32, 0.1f, 0.1f)]
    public void Known_edges(ElementType type, float value, float expected) => AssertSame(Rounding.To(type, value), expected, value);

    [Test]
    public void Signs_of_zero_infinities_and_nan_are_kept([Values] ElementType type)
    {
        Assert.Multiple(() =>
        {
            AssertSame(Rounding.To(type, 0f), 0f, 0f);
            AssertSame(Rounding.To(type, -0f), -0f, -0f);
            AssertSame(Rounding.To(type, float.PositiveInfinity), float.PositiveInfinity, float.PositiveInfinity);
            AssertSame(Rounding.To(type, float.NegativeInfinity), float.NegativeInfinity, float.NegativeInfinity);
            Assert.That(Rounding.To(type, float.NaN), Is.NaN);
        });
    }

    [Test]
    public void Bits_go_to_values_and_back([Values(ElementType.BFloat16, ElementType.Float16)] ElementType type)
    {
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            float value = Rounding.FromBits(type, (ushort)bits);
            if (!float.IsNaN(value) && Rounding.ToBits(type, value) != bits)
                Assert.Fail($"{type} bits {bits:x4} are {value:r}, and that went back to {Rounding.ToBits(type, value):x4}");
        }
    }

    private static float[] StepsBetween(float value, float next)
    {
        float middle = (float)(((double)value + next) / 2); // exact: one more bit than a half has
        return
        [
            value, float.BitIncrement(value),
            float.BitDecrement(middle), middle, float.BitIncrement(middle),
            float.BitDecrement(next),
        ];
    }

    private static void AssertSame(float actual, float expected, float of)
    {
        if (BitConverter.SingleToUInt32Bits(actual) != BitConverter.SingleToUInt32Bits(expected))
            Assert.Fail($"{of:r} was rounded to {actual:r} where {expected:r} was expected");
    }
}
