using ILGPU;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Tests.Reference;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels;

[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfKernels))]
public sealed class ArgmaxTests(TestBackend backend) : KernelFixture(backend)
{
    private const float Low = float.NegativeInfinity;

    [Test]
    public void The_largest_logit_wins_wherever_it_stands([Values(1, 2, 13, 16, 33, 1001)] int vocabulary)
    {
        var random = new Random(vocabulary);
        int[] places = [0, vocabulary / 2, vocabulary - 1];
        float[][] rows = [.. places.Select(place =>
        {
            float[] logits = RandomLlama.Uniform(random, vocabulary);
            logits[place] = 1.5f;
            return logits;
        })];
        Assert.That(Argmax(rows), Is.EqualTo(places));
    }

    [TestCase(ArgmaxKernel.PieceLength)]
    [TestCase(2 * ArgmaxKernel.PieceLength + 1)]
    [TestCase(3 * ArgmaxKernel.PieceLength - 5)]
    public void Pieces_of_a_row_agree(int vocabulary)
    {
        int[] places = [0, Math.Min(vocabulary, ArgmaxKernel.PieceLength) - 1, vocabulary / 2, vocabulary - 1];
        float[][] rows = [.. places.Select(place => Enumerable.Range(0, vocabulary).Select(id => id >= place ? 2f : 1f).ToArray())];
        Assert.That(Argmax(rows), Is.EqualTo(places), "of equal logits the lowest id");
        foreach ((float[] row, int place) in rows.Zip(places))
            row[vocabulary - 1 - place] = float.NaN;
        Assert.That(Argmax(rows), Has.All.EqualTo(ArgmaxKernel.NotANumber));
    }

    [Test]
    public void Random_rows_agree_with_the_reference()
    {
        var random = new Random(1);

        // Few values, so that most rows have ties.
        float[][] rows = [.. Enumerable.Range(0, BarriersAreDear ? 8 : 100).Select(_ =>
            Enumerable.Range(0, 77).Select(_ => (float)random.Next(-9, 9)).ToArray())];
        Assert.That(Argmax(rows), Is.EqualTo(rows.Select(row => ReferenceMath.ArgMax(row))));
    }

    [Test]
    public void Of_equal_logits_the_lowest_id_wins() =>
        Assert.That(Argmax(WithAt(2, -1, 69, 5, 37), WithAt(0, 3, 68, 35), WithAt(33, 0.5f, 32, 31)), Is.EqualTo(new[] { 5, 0, 31 }));

    [Test]
    public void Zeros_of_both_signs_are_equal() => Assert.That(Argmax([-1, -0f, 0f], [-1, 0f, -0f]), Is.EqualTo(new[] { 1, 1 }));

    [Test]
    public void Rows_of_minus_infinity_choose_the_lowest_id() =>
        Assert.That(Argmax(WithAt(Low, Low), WithAt(-1e38f, Low, 69), WithAt(float.MaxValue, Low, 1)), Is.EqualTo(new[] { 0, 69, 1 }));

    [Test]
    public void Infinity_wins() => Assert.That(Argmax(WithAt(float.PositiveInfinity, 0, 40, 44)), Is.EqualTo(new[] { 40 }));

    [Test]
    public void Not_a_number_is_told_wherever_it_stands()
    {
        int[] places = BarriersAreDear ? [0, 1, 16, 69] : [.. Enumerable.Range(0, 70)];
        float[][] rows = [.. places.Select(place => WithAt(float.NaN, 1, place)), WithAt(2, 1, 3)];
        Assert.That(Argmax(rows), Is.EqualTo((int[])[.. places.Select(_ => ArgmaxKernel.NotANumber), 3]));
    }

    // 70 logits of one value but for some.
    private static float[] WithAt(float value, float others, params int[] places)
    {
        float[] row = [.. Enumerable.Repeat(others, 70)];
        foreach (int place in places)
            row[place] = value;
        return row;
    }

    private int[] Argmax(params float[][] rows)
    {
        int vocabulary = rows[0].Length;
        int stride = vocabulary + 3;

        // What lies behind a row is larger than all in it.
        ArrayView<float> logits = Device.Upload([.. rows.SelectMany(row => row.Concat([float.PositiveInfinity, float.NaN, float.MaxValue]))]);
        ArrayView<int> best = Device.Upload([.. Enumerable.Repeat(-99, rows.Length)]);
        ArrayView<int> bestOfPieces = Device.Upload([.. Enumerable.Repeat(-98, rows.Length * ArgmaxKernel.PiecesFor(vocabulary))]);
        Device.Kernels().Argmax(logits, bestOfPieces, best, rows.Length, vocabulary, stride);
        return KernelDevice.Download(best);
    }
}
