using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Tests.Sampling;

internal sealed class RandomStreamTests
{
    /// <summary>The published answers for philox4x32-10, file kat_vectors of the authors' Random123.</summary>
    private static IEnumerable<TestCaseData> KnownAnswers()
    {
        yield return new TestCaseData(
            (0u, 0u, 0u, 0u), (0u, 0u), (0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)).SetArgDisplayNames("zeros");
        yield return new TestCaseData(
            (~0u, ~0u, ~0u, ~0u), (~0u, ~0u), (0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)).SetArgDisplayNames("ones");
        yield return new TestCaseData(
            (0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u),
            (0xa4093822u, 0x299f31d0u),
            (0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)).SetArgDisplayNames("digits of pi");
    }

    [TestCaseSource(nameof(KnownAnswers))]
    public void blocks_are_those_that_the_authors_published(
        (uint A, uint B, uint C, uint D) counter, (uint First, uint Second) key, (uint A, uint B, uint C, uint D) expected) =>
        Assert.That(RandomStream.Block(counter, key), Is.EqualTo(expected));

    [Test]
    public void numbers_fill_the_unit_interval_evenly()
    {
        const int Cells = 64;
        var counts = new int[Cells];
        for (int place = 0; place < 64_000; place++)
            counts[(int)(RandomStream.Uniform(seed: 1, answer: 0, place) * Cells)]++;
        ChiSquare.AssertFits(counts, [.. Enumerable.Repeat(1.0 / Cells, Cells)]);
    }

    [Test]
    public void seed_answer_and_place_each_make_another_number()
    {
        double[] numbers =
        [.. from seed in new long[] { -1, 0, 1, 1L << 32, long.MinValue }
            from answer in Enumerable.Range(0, 5)
            from place in Enumerable.Range(0, 100)
            select RandomStream.Uniform(seed, answer, place)];
        Assert.That(numbers, Is.Unique);
        Assert.That(numbers, Has.All.InRange(0, 1).And.All.LessThan(1));
    }
}
