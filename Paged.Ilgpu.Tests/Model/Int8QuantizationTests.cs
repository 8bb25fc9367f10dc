using Paged.Ilgpu.Model;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Model;

public sealed class Int8QuantizationTests
{
    [Test]
    public void No_element_is_off_by_more_than_half_of_the_scale([Values(1, 7, 32, 64, 100, 1_003)] int length, [Values(1e-30f, 1f, 1e30f)] float size)
    {
        float[] values = [.. RandomLlama.Uniform(new Random(length), length).Select(value => value * size)];
        var numbers = new sbyte[length];
        float scale = Int8Quantization.Quantize(values, numbers);
        Assert.That(scale, Is.EqualTo(values.Max(MathF.Abs) / 127));
        for (int i = 0; i < length; i++)
        {
            Assert.That((int)numbers[i], Is.InRange(-127, 127));
            Assert.That(Math.Abs((double)numbers[i] * scale - values[i]), Is.LessThanOrEqualTo(0.500001 * scale), $"element {i}, {values[i]:R}");
        }
    }

    // A scale of exactly two.
    [TestCase(254f, 127)]
    [TestCase(-254f, -127)]
    [TestCase(1f, 0, Description = "ties go to the even number")]
    [TestCase(3f, 2)]
    [TestCase(-5f, -2)]
    [TestCase(5.1f, 3)]
    public void A_number_is_the_nearest_one(float value, int expected)
    {
        var numbers = new sbyte[67];
        float[] values = [254, .. Enumerable.Repeat(value, 66)];
        Assert.That(Int8Quantization.Quantize(values, numbers), Is.EqualTo(2));
        Assert.That(numbers[1..], Has.All.EqualTo((sbyte)expected));
    }

    [Test]
    public void A_column_of_zeros_has_no_scale()
    {
        sbyte[] numbers = [1, 2, 3];
        Assert.That(Int8Quantization.Quantize([0, -0f, 0], numbers), Is.Zero);
        Assert.That(numbers, Has.All.Zero);
    }

    [Test]
    public void What_is_smaller_than_any_scale_stays_within_the_range([Values(1, 40)] int length)
    {
        var numbers = new sbyte[length];
        float scale = Int8Quantization.Quantize([.. Enumerable.Repeat(200 * float.Epsilon, length)], numbers);
        Assert.That(scale, Is.EqualTo(float.Epsilon * 2).Or.EqualTo(float.Epsilon));
        Assert.That(numbers, Has.All.InRange((sbyte)100, (sbyte)127));
    }

    [Test]
    public void What_is_no_number_makes_the_column_none([Values(float.NaN, float.PositiveInfinity, float.NegativeInfinity)] float fault, [Values(0, 30, 99)] int place)
    {
        var values = new float[100];
        values[place] = fault;
        Assert.That(Int8Quantization.Quantize(values, new sbyte[100]), Is.NaN);
    }
}
