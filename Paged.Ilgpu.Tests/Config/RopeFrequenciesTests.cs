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
            TinyModel.Config with { HeadDim = 16, RopeTheta = 500000, RopeScaling = new Llama3RopeScaling(8, 1, 4, 8192) });
        double[] expected =
        [
            1, 0.19392274474868576, 0.03760603093086393, 0.007292664737217109,
            0.0005248461609929547, 3.428102195952591e-05, 6.647869871181235e-06, 1.2891731721515574e-06,
        ];
        for (int pair = 0; pair < expected.Length; pair++)
            Assert.That(frequencies[pair], Is.EqualTo(expected[pair]).Within(1e-12 * expected[pair]), $"pair {pair}");
    }

    // Each computed apart in Python, from the papers and programs named at the scalings; theta 10000, 16 elements a head.
    private static IEnumerable<TestCaseData> Scalings()
    {
        yield return new TestCaseData(
            new LinearRopeScaling(4),
            new[] { 0.25, 0.07905694150420949, 0.025, 0.007905694150420948, 0.0025, 0.0007905694150420948, 0.00025, 7.905694150420948e-05 });

        // From a base of 10000 × (4 × 4 - 3)^(16 / 14) = 187533.2.
        yield return new TestCaseData(
            new DynamicRopeScaling(4),
            new[]
            {
                1, 0.21921245982043136, 0.048054102540524245, 0.01053405802237156, 0.0023091967709752185, 0.000506204704374875,
                0.00011096637841869062, 2.4325212770526e-05,
            });

        // 4096 positions make 32 turns at pair 2.618 and one at pair 5.628; rounded, the ramp goes from pair 2 to pair 6.
        yield return new TestCaseData(
            new YarnRopeScaling(16, 4096, 32, 1, 1.2),
            new[]
            {
                1, 0.31622776601683794, 0.1, 0.024211188335664154, 0.0053125, 0.0009388011803624875, 6.25e-05, 1.976423537605237e-05,
            });
        yield return new TestCaseData(
            new YarnRopeScaling(16, 4096, 32, 1, 1.2, RoundsRamp: false),
            new[]
            {
                1, 0.31622776601683794, 0.1, 0.027861316864565167, 0.005696214401411793, 0.0008164706233662651, 6.25e-05,
                1.976423537605237e-05,
            });
    }

    [TestCaseSource(nameof(Scalings))]
    public void Each_scaling_has_the_frequencies_of_its_source(RopeScaling scaling, double[] expected)
    {
        double[] frequencies = RopeFrequencies.Compute(
            TinyModel.Config with { HeadDim = 16, RopeTheta = 10000, RopeScaling = scaling });
        for (int pair = 0; pair < expected.Length; pair++)
            Assert.That(frequencies[pair], Is.EqualTo(expected[pair]).Within(1e-12 * expected[pair]), $"pair {pair}");
    }

    [Test]
    public void Only_YaRN_multiplies_cosines_and_sines()
    {
        Assert.Multiple(() =>
        {
            Assert.That(RopeFrequencies.AttentionFactor(TinyModel.Config), Is.EqualTo(1));
            Assert.That(RopeFrequencies.AttentionFactor(TinyModel.Config with { RopeScaling = new LinearRopeScaling(4) }), Is.EqualTo(1));
            Assert.That(
                RopeFrequencies.AttentionFactor(TinyModel.Config with { RopeScaling = new YarnRopeScaling(16, 4096, 32, 1, 1.2) }), Is.EqualTo(1.2));
            Assert.That(YarnRopeScaling.AttentionFactorFor(16), Is.EqualTo(1.2772588722239782).Within(1e-15));
            Assert.That(YarnRopeScaling.AttentionFactorFor(1), Is.EqualTo(1));
        });
    }
}
