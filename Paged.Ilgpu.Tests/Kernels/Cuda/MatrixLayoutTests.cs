using Paged.Ilgpu.Kernels.Cuda;

namespace Paged.Ilgpu.Tests.Kernels.Cuda;

public sealed class MatrixLayoutTests
{
    [Test]
    public void Every_pair_has_a_word_of_its_own([Values(1, 8, 16, 17, 101)] int columns, [Values(1, 4, 6, 9)] int octets)
    {
        long count = 4 * MatrixLayout.OctetCount(columns, octets);
        HashSet<long> words = [];
        for (int column = 0; column < columns; column++)
        {
            for (int pair = 0; pair < 4 * octets; pair++)
            {
                long word = MatrixLayout.FirstWord(column, pair / 4, octets) + MatrixLayout.WordsToNextPair * (pair % 4);
                Assert.That(word, Is.InRange(0, count - 1));
                Assert.That(words.Add(word), $"column {column}, pair {pair}");
            }
        }
    }

    [Test]
    public void A_lane_has_the_left_factor_of_the_matrix_unit_in_the_features_own_order()
    {
        // What mma.m16n8k16 takes as a0 to a3 (PTX ISA, "Matrix fragments"): rows l / 4 and 8 further, two columns from 2 (l mod 4), then 8 further.
        const int Octets = 12, Steps = 3, Column = 32, Step = 1;
        for (int lane = 0; lane < 32; lane++)
        {
            for (int half = 0; half < 2; half++)
            {
                long packet = MatrixLayout.FirstPacket(Column / 8 + half, Step, Steps) + lane;
                for (int word = 0; word < 4; word++)
                {
                    int column = Column + lane / 4 + word % 2 * 8;
                    int feature = Step * 32 + half * 16 + word / 2 * 8 + lane % 4 * 2;
                    Assert.That(
                        MatrixLayout.FirstWord(column, feature / 8, Octets) + MatrixLayout.WordsToNextPair * (feature % 8 / 2),
                        Is.EqualTo(4 * packet + word),
                        $"lane {lane}, column {column}, feature {feature}");
                }
            }
        }
    }

    [Test]
    public void Words_pass_two_to_the_32() =>
        Assert.That(MatrixLayout.FirstWord(column: 999_999, octet: 4_095, octets: 4_096) + 12, Is.EqualTo(4L * 4_096_000_000L - 1));
}
