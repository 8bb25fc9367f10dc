namespace Paged.Ilgpu.Tests.Reference;

/// <summary>
/// What storing a float32 in a 16-bit type does to its value, by arithmetic alone (IEEE 754-2019, section 4.3.1): the value is counted
/// in units of the type's last place there, the count is rounded to an integer, ties to even. The kernels do the same with shifts.
/// </summary>
internal static class Rounding
{
    /// <summary>The value nearest to <paramref name="value"/> that <paramref name="type"/> can hold; of two equally near, the even one.</summary>
    public static float To(ElementType type, float value) => type switch
    {
        ElementType.Float32 => value,
        ElementType.BFloat16 => Nearest(value, mantissaBits: 7, lowestExponent: -126),
        ElementType.Float16 => Nearest(value, mantissaBits: 10, lowestExponent: -14),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    /// <summary>Rounds every element.</summary>
    public static float[] To(ElementType type, float[] values) => Array.ConvertAll(values, value => To(type, value));

    /// <summary>The bits of the rounded value, as a device stores them in a 16-bit type.</summary>
    public static ushort ToBits(ElementType type, float value) => type switch
    {
        ElementType.BFloat16 => (ushort)(BitConverter.SingleToUInt32Bits(To(type, value)) >> 16),
        ElementType.Float16 => BitConverter.HalfToUInt16Bits((Half)To(type, value)),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "float32 has 32 bits"),
    };

    /// <summary>The value of 16 bits, widened to float32, which is exact.</summary>
    public static float FromBits(ElementType type, ushort bits) => type switch
    {
        ElementType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)bits << 16),
        ElementType.Float16 => (float)BitConverter.UInt16BitsToHalf(bits),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "float32 has 32 bits"),
    };

    private static float Nearest(float value, int mantissaBits, int lowestExponent)
    {
        if (value == 0 || !float.IsFinite(value))
            return value;
        // Below the lowest exponent the unit stays the same: those are the subnormal values.
        int exponent = Math.Max(Math.ILogB((double)value), lowestExponent);
        double lastPlace = Math.ScaleB(1.0, exponent - mantissaBits);
        double nearest = Math.Round(value / lastPlace, MidpointRounding.ToEven) * lastPlace;
        // The highest exponent is the negated lowest plus one; what rounds past it is infinite.
        return Math.Abs(nearest) >= Math.ScaleB(1.0, 2 - lowestExponent) ? float.CopySign(float.PositiveInfinity, value) : (float)nearest;
    }
}
