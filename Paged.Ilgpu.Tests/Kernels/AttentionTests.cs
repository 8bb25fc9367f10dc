using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels;

[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfKernels))]
public sealed class AttentionTests(TestBackend backend) : KernelFixture(backend)
{
    [Test]
    public void Every_pair_of_types([Values] ElementType keyValues, [Values] ElementType weights) => Check(
        new AttentionHeads(KeyValueHeadCount: 1, HeadsPerKeyValueHead: 2, HeadDim: 8, keyValues, weights),
        new AttentionLayout(TileHeight: 2),
        (130, 1),
        (3, 2));

    [Test]
    public void Every_head_dimension([Values(2, 6, 8, 64, 80, 128, 256)] int headDim) => Check(
        new AttentionHeads(KeyValueHeadCount: 2, HeadsPerKeyValueHead: 2, headDim, ElementType.BFloat16, ElementType.BFloat16),
        new AttentionLayout(TileHeight: 4),
        (19, 2));

    [Test]
    public void Every_tile_height([Values(1, 2, 4, 8, 16)] int height, [Values] ElementType keyValues) => Check(
        new AttentionHeads(KeyValueHeadCount: 1, HeadsPerKeyValueHead: 3, HeadDim: 8, keyValues),
        new AttentionLayout(height),
        (0, 1),
        (7, 7));

    // kvHeads, heads of each: one head, multi-query, plain multi-head, grouped.
    [TestCase(1, 1)]
    [TestCase(1, 8)]
    [TestCase(3, 1)]
    [TestCase(2, 5)]
    public void Every_grouping_of_heads(int keyValueHeads, int headsOfEach) => Check(
        new AttentionHeads(keyValueHeads, headsOfEach, HeadDim: 8, ElementType.Float16), new AttentionLayout(TileHeight: 4), (0, 1), (4, 3));

    [Test]
    public void Contexts_that_end_at_a_partition_s_border([Values(1, 2, 127, 128, 129, 255, 256, 257)] int context) => Check(
        new AttentionHeads(KeyValueHeadCount: 1, HeadsPerKeyValueHead: 1, HeadDim: 8, ElementType.Float32),
        new AttentionLayout(TileHeight: 2),
        (context - 1, 1),
        (Math.Max(0, context - 2), 2));

    [Test]
    public void Every_block_size([Values(1, 4, 16, 64, 1024)] int blockSize) => Check(
        new AttentionHeads(KeyValueHeadCount: 2, HeadsPerKeyValueHead: 1, HeadDim: 6, ElementType.BFloat16),
        new AttentionLayout(TileHeight: 4, blockSize),
        (130, 3),
        (15, 1),
        (0, 1));

    [Test]
    public void Any_step([Range(1, 10)] int seed)
    {
        var random = new Random(seed);
        var heads = new AttentionHeads(
            random.Next(1, 3), random.Next(1, 6), 8 * random.Next(1, 3), (ElementType)random.Next(3), (ElementType)random.Next(3));
        var layout = new AttentionLayout(1 << random.Next(5), 1 << random.Next(7), PlacementSeed: seed);
        int longest = BarriersAreDear ? 20 : 300;
        Check(heads, layout, [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => (random.Next(longest), random.Next(1, 9)))]);
    }

    [Test]
    public void Scores_far_apart_do_not_overflow()
    {
        var heads = new AttentionHeads(KeyValueHeadCount: 1, HeadsPerKeyValueHead: 1, HeadDim: 2, ElementType.Float32);
        var text = new AttentionText(heads, length: 140, seed: 1);
        for (int position = 0; position < 140; position++)
        {
            // The largest score is in the first partition and far above all of the second.
            text.Keys[position][0] = position == 5 ? 300 : position < AttentionKernel.PartitionSize ? -300 : -900;
            text.Keys[position][1] = 0;
        }

        text.Queries[139][0] = 1;
        var run = new AttentionRun(text, FirstPosition: 139, Length: 1);
        float[] result = AttentionStep.Attend(Device, heads, new AttentionLayout(TileHeight: 1), run)[0];
        Assert.That(result, Is.EqualTo(text.Values[5]));
    }

    private void Check(AttentionHeads heads, AttentionLayout layout, params (int FirstPosition, int Length)[] runs)
    {
        AttentionRun[] all = [.. runs.Select((run, index) =>
            new AttentionRun(new AttentionText(heads, run.FirstPosition + run.Length, seed: index), run.FirstPosition, run.Length))];
        float[][] results = AttentionStep.Attend(Device, heads, layout, all);
        for (int run = 0; run < all.Length; run++)
            AttentionReference.Check(heads, all[run], results[run]);
    }
}
