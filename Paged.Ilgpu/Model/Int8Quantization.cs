using System.Numerics;
using Paged.Ilgpu.Kernels;

namespace Paged.Ilgpu.Model;

/// <summary>
/// Rounds a column of weights to whole numbers from -127 to 127 of a scale of its own, its largest magnitude divided by 127: the symmetric
/// quantization by channel of Krishnamoorthi 2018, "Quantizing deep convolutional networks for efficient inference", section 2.
/// </summary>
internal static class Int8Quantization
{
    /// <summary>Quantizes to the nearest, ties to even: no element is off by more than half of the scale.</summary>
    /// <param name="values">[element].</param>
    /// <param name="numbers">Receives as many whole numbers.</param>
    /// <returns>
    /// The scale; zero where all elements are, and not a number where one of them is not or is infinite, so that the model's logits say so.
    /// </returns>
    public static float Quantize(ReadOnlySpan<float> values, Span<sbyte> numbers)
    {
        float largest = LargestMagnitude(values);
        float scale = largest / Int8.Largest;
        if (!float.IsFinite(scale) || scale == 0)
        {
            numbers[..values.Length].Clear();
            return scale == 0 ? 0 : float.NaN;
        }

        int done = 0;
        for (; done <= values.Length - Vector<sbyte>.Count; done += Vector<sbyte>.Count)
        {
            ReadOnlySpan<float> part = values[done..];
            Vector<short> low = Vector.Narrow(Round(part, scale), Round(part[Vector<int>.Count..], scale));
            Vector<short> high = Vector.Narrow(Round(part[(2 * Vector<int>.Count)..], scale), Round(part[(3 * Vector<int>.Count)..], scale));
            Vector.Narrow(low, high).CopyTo(numbers[done..]);
        }

        for (; done < values.Length; done++)
            numbers[done] = (sbyte)Math.Clamp(MathF.Round(values[done] / scale), -Int8.Largest, Int8.Largest);
        return scale;
    }

    // The division of a subnormal scale may end beyond the largest number.
    private static Vector<int> Round(ReadOnlySpan<float> values, float scale)
    {
        Vector<float> rounded = Vector.Round(new Vector<float>(values) / new Vector<float>(scale), MidpointRounding.ToEven);
        return Vector.ConvertToInt32(Vector.Min(Vector.Max(rounded, new Vector<float>(-Int8.Largest)), new Vector<float>(Int8.Largest)));
    }

    // Infinite where an element is not a number: its comparison with the largest finite one fails as that of an infinite one does.
    private static float LargestMagnitude(ReadOnlySpan<float> values)
    {
        var largest = Vector<float>.Zero;
        int done = 0;
        for (; done <= values.Length - Vector<float>.Count; done += Vector<float>.Count)
        {
            Vector<float> magnitudes = Vector.Abs(new Vector<float>(values[done..]));
            if (!Vector.LessThanOrEqualAll(magnitudes, new Vector<float>(float.MaxValue)))
                return float.PositiveInfinity;
            largest = Vector.Max(largest, magnitudes);
        }

        float result = 0;
        for (int lane = 0; lane < Vector<float>.Count; lane++)
            result = MathF.Max(result, largest[lane]);
        for (; done < values.Length; done++)
        {
            float magnitude = MathF.Abs(values[done]);
            if (!(magnitude <= float.MaxValue))
                return float.PositiveInfinity;
            result = MathF.Max(result, magnitude);
        }

        return result;
    }
}
