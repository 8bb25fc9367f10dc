using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Kernels.Vector;

namespace Paged.Ilgpu.Tests.Kernels.Vector;

public sealed class VectorMathTests
{
    [Test]
    public void Exp_is_right_to_the_last_places()
    {
        for (float x = -87; x <= 80; x += 0.00371f)
        {
            double expected = Math.Exp(x);
            if (Math.Abs(VectorMath.Exp(x) - expected) > 3e-7 * expected)
                Assert.Fail($"exp({x}) is {expected}, not {VectorMath.Exp(x)}");
        }
    }

    [Test]
    public void Exp_of_nothing_is_one_and_of_what_is_masked_zero()
    {
        Assert.That(VectorMath.Exp(0), Is.EqualTo(1));
        Assert.That(VectorMath.Exp(-88), Is.Zero);
        Assert.That(VectorMath.Exp(float.NegativeInfinity), Is.Zero);
        Assert.That(VectorMath.Exp(float.NaN), Is.NaN);
    }

    [Test]
    public void The_largest_element_is_found_at_any_place()
    {
        for (int place = 0; place < Octet.Length; place++)
        {
            float[] elements = [-3, -8, -1, -7, -2, -6, -4, -5];
            elements[place] = 2;
            Assert.That(VectorMath.Max(Of(elements)), Is.EqualTo(2));
            Assert.That(VectorMath.Sum(Of(elements)), Is.EqualTo(elements.Sum()));
        }
    }

    private static Octet Of(float[] elements) => new()
    {
        E0 = elements[0],
        E1 = elements[1],
        E2 = elements[2],
        E3 = elements[3],
        E4 = elements[4],
        E5 = elements[5],
        E6 = elements[6],
        E7 = elements[7],
    };
}
