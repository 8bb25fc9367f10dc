using ILGPU;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels;

[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfKernels))]
public sealed class TopKTests(TestBackend backend) : KernelFixture(backend)
{
    private const float Low = float.NegativeInfinity;

    [Test]
    public void A_list_is_that_of_a_sort([Values(1, 13, 63, 64, 65, 127, 128, 129, 300, 1001)] int vocabulary)
    {
        var random = new Random(vocabulary);
        Check(RandomLlama.Uniform(random, vocabulary), RandomLlama.Uniform(random, vocabulary));
    }

    [TestCase(TopKKernel.PieceLength)]
    [TestCase(TopKKernel.PieceLength + 1)]
    [TestCase(2 * TopKKernel.PieceLength + 700)]
    public void Pieces_of_a_row_make_one_list(int vocabulary)
    {
        var random = new Random(vocabulary);
        Check(RandomLlama.Uniform(random, vocabulary), Few(random, vocabulary));
    }

    [Test]
    public void Of_equal_logits_the_lowest_ids_are_listed()
    {
        var random = new Random(1);
        Check(Few(random, 777), Few(random, 777), [.. Enumerable.Repeat(-3f, 777)]);
    }

    [Test]
    public void The_order_of_the_logits_makes_no_difference()
    {
        float[] ascending = [.. Enumerable.Range(0, 700).Select(id => id / 2 * 0.25f)];
        Check(ascending, [.. ascending.Reverse()]);
    }

    [Test]
    public void Zeros_of_both_signs_are_equal() => Check([.. Enumerable.Range(0, 200).Select(id => id % 3 == 0 ? -0f : 0f)]);

    [Test]
    public void Extremes_are_listed_like_any_other()
    {
        float[] row = [.. Enumerable.Repeat(Low, TopKKernel.PieceLength + 30)];
        float[] some = [.. row];
        (some[3], some[290], some[500], some[^2], some[^1]) = (-float.MaxValue, float.Epsilon, float.MaxValue, float.PositiveInfinity, float.MaxValue);
        Check(row, some);
    }

    // Few values, so that there are many ties.
    private static float[] Few(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)random.Next(-9, 9))];

    // The lists of the rows, taken from the last to the first and the first once more.
    private void Check(params float[][] rows)
    {
        int vocabulary = rows[0].Length;
        int stride = vocabulary + 3;

        // What lies behind a row is larger than all in it.
        ArrayView<float> logits = Device.Upload([.. rows.SelectMany(row => row.Concat([float.PositiveInfinity, float.NaN, float.MaxValue]))]);
        int[] listed = [.. Enumerable.Range(0, rows.Length).Reverse(), 0];
        ArrayView<TokenLogit> ofPieces = Device.Upload(Untouched(listed.Length * TopKKernel.PiecesFor(vocabulary)));
        ArrayView<TokenLogit> likeliest = Device.Upload(Untouched(listed.Length));
        Device.Kernels().TopK(logits, Device.Upload(listed), ofPieces, likeliest, listed.Length, vocabulary, stride);
        TokenLogit[] lists = KernelDevice.Download(likeliest);
        for (int index = 0; index < listed.Length; index++)
        {
            float[] row = rows[listed[index]];
            (int, float)[] expected =
            [
                .. Enumerable.Range(0, vocabulary).OrderByDescending(id => row[id]).ThenBy(id => id).Select(id => (id, row[id])),
                .. Enumerable.Repeat((TopKKernel.None, Low), TopKKernel.ListLength),
            ];
            Assert.That(
                lists.Skip(index * TopKKernel.ListLength).Take(TopKKernel.ListLength).Select(token => (token.Id, token.Logit)),
                Is.EqualTo(expected.Take(TopKKernel.ListLength)));
        }
    }

    private static TokenLogit[] Untouched(int lists) => [.. Enumerable.Repeat(new TokenLogit(float.NaN, -99), lists * TopKKernel.ListLength)];
}
