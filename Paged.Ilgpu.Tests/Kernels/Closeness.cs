using System.Runtime.InteropServices;
using Paged.Ilgpu.Tests.Reference;

namespace Paged.Ilgpu.Tests.Kernels;

/// <summary>How close a kernel must come to the reference.</summary>
internal static class Closeness
{
    /// <summary>The share of an element's scale that it may be off by: the order of a float32 sum, and no more.</summary>
    public const double Tolerance = 1e-5;

    /// <summary>
    /// Asserts that an element is what rounding to a type makes of a value within the tolerance of the expected one: beside a midpoint
    /// both neighbours are right.
    /// </summary>
    /// <param name="actual">The kernel's element.</param>
    /// <param name="expected">The reference's, not rounded.</param>
    /// <param name="allowed">How far off it may be before it is rounded.</param>
    /// <param name="type">The type that the kernel rounds to.</param>
    /// <param name="what">Names the element in the message.</param>
    public static void Check(float actual, double expected, double allowed, ElementType type, string what)
    {
        float lowest = Rounding.To(type, Down(expected - allowed));
        float highest = Rounding.To(type, -Down(-expected - allowed));
        if (!(actual >= lowest && actual <= highest))
            Assert.Fail($"{what} is {actual:r}, but must lie between {lowest:r} and {highest:r}");
    }

    /// <summary>Asserts that two results are the same, bit for bit.</summary>
    public static void CheckSameBits(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, string what)
    {
        ReadOnlySpan<uint> actualBits = MemoryMarshal.Cast<float, uint>(actual);
        ReadOnlySpan<uint> expectedBits = MemoryMarshal.Cast<float, uint>(expected);
        if (actualBits.SequenceEqual(expectedBits))
            return;
        int common = actualBits.CommonPrefixLength(expectedBits);
        Assert.Fail(actual.Length != expected.Length
            ? $"{what}: {actual.Length} elements, expected {expected.Length}"
            : $"{what}: element {common} of {actual.Length} is {actual[common]:r} ({actualBits[common]:x8}), expected {expected[common]:r} ({expectedBits[common]:x8})");
    }

    // The float32 at or below a value.
    private static float Down(double value)
    {
        float nearest = (float)value;
        return nearest > value ? float.BitDecrement(nearest) : nearest;
    }
}
