using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Tests.Reference;

namespace Paged.Ilgpu.Tests.Kernels;

/// <summary>The 16-bit types on the host, where weights are packed with the kernels' own code.</summary>
public sealed class ElementTests
{
    [Test]
    public void Every_bfloat16_narrows_to_its_own_bits_and_everything_between_to_the_nearest() =>
        Check(ElementType.BFloat16, BFloat16.Narrow, BFloat16.Round);

    [Test]
    public void Every_float16_narrows_to_its_own_bits_and_everything_between_to_the_nearest() =>
        Check(ElementType.Float16, Float16.Narrow, Float16.Round);

    [Test]
    public void Every_float16_widens_exactly()
    {
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
            ElementSamples.CheckSame(Float16.Widen((uint)bits), Rounding.FromBits(ElementType.Float16, (ushort)bits), $"bits {bits:x4}");
    }

    [Test]
    public void Octets_needed_are_rounded_up() =>
        Assert.That(new[] { 0, 1, 8, 9, 16 }.Select(Octet.CountFor), Is.EqualTo(new[] { 0, 1, 1, 2, 2 }));

    private static void Check(ElementType type, Func<float, uint> narrow, Func<float, float> round)
    {
        foreach (float value in ElementSamples.Of(type))
        {
            float expected = Rounding.To(type, value);
            ElementSamples.CheckSame(round(value), expected, $"{value:r} rounded");
            ElementSamples.CheckSame(Rounding.FromBits(type, (ushort)narrow(value)), expected, $"{value:r} narrowed");
            if (narrow(value) > ushort.MaxValue)
                Assert.Fail($"{value:r} narrowed to more than sixteen bits");
        }
    }
}
