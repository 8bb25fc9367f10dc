using Paged.Ilgpu.Tests.Reference;

namespace Paged.Ilgpu.Tests.Kernels;

/// <summary>Values that decide whether a rounding is right.</summary>
internal static class ElementSamples
{
    /// <summary>
    /// Every value that a 16-bit type has, NaNs and infinities too, and between neighbours the midpoint, the floats beside it and those
    /// beside the two: rounding is a step there and flat elsewhere. Then floats of random bits. A whole number of octets.
    /// </summary>
    public static float[] Of(ElementType type)
    {
        List<float> samples = [];
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            float value = Rounding.FromBits(type, (ushort)bits);
            samples.Add(value);
            if (!float.IsFinite(value))
                continue;
            float next = Rounding.FromBits(type, (ushort)(bits + 1)); // away from zero
            if (!float.IsFinite(next))
                next = value + (value - Rounding.FromBits(type, (ushort)(bits - 1)));
            float middle = (float)(((double)value + next) / 2);
            samples.AddRange(
                [float.BitIncrement(value), float.BitDecrement(middle), middle, float.BitIncrement(middle), float.BitDecrement(next)]);
        }

        var random = new Random(1);
        while (samples.Count < 500_000)
            samples.Add(BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)));
        return [.. samples];
    }

    /// <summary>Asserts that two floats are the same, signs of zeros included; one NaN is as good as another.</summary>
    public static void CheckSame(float actual, float expected, string what)
    {
        bool same = float.IsNaN(expected)
            ? float.IsNaN(actual)
            : BitConverter.SingleToInt32Bits(actual) == BitConverter.SingleToInt32Bits(expected);
        if (!same)
            Assert.Fail($"{what} is {actual:r}, expected {expected:r}");
    }
}
