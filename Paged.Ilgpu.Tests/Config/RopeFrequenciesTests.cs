using Paged.Ilgpu.Config;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Config;

public class RopeFrequenciesTests
{
    [Test]
    public void without_scaling_they_are_powers_of_theta() =>
        Assert.That(
            RopeFrequencies.Compute(TinyModel.Config with { HeadDim = 8, RopeTheta = 10000 }),
            Is.EqualTo(new[] { 1, 0.1, 0.01, 0.001 }).Within(1e-15));

    // By hand, theta 500000, 16 elements a head: waves of 6.28, 32.4, 167, 861 positions are shorter than 8192 / 4 and stay; that of
    // 4442.9 keeps (8192 / 4442.9 - 1) / 3 = 0.281284 of its speed and takes the rest at an eighth; the others, from 22912, are divided.
    [Test]
    public void Llama_3_1_keeps_short_waves_divides_long_ones_and_mixes_between()
    {
        double[] frequencies = RopeFrequencies.Compute(
            TinyModel.Config with { HeadDim = 16, RopeTheta = 500000, RopeScaling = new RopeScaling(8, 1, 4, 8192) });
        double[] expected =
        [
            1, 0.19392274474868576, 0.03760603093086393, 0.007292664737217109,
            0.0005248461609929547, 3.428102195952591e-05, 6.647869871181235e-06, 1.2891731721515574e-06,
        ];
        for (int pair = 0; pair < expected.Length; pair++)
            Assert.That(frequencies[pair], Is.EqualTo(expected[pair]).Within(1e-12 * expected[pair]), $"pair {pair}");
    }
}
