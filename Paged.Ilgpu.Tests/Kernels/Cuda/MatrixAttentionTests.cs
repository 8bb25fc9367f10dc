using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels.Cuda;

/// <summary>
/// Attention on the matrix unit against double; and that a token is the same bits in both kernels, in every chunk, at every block size,
/// beside any other sequence.
/// </summary>
[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfMatrixUnit))]
public sealed class MatrixAttentionTests(TestBackend backend) : KernelFixture(backend)
{
    private const int Split = 16;
    private const int Long = 64;

    [Test]
    public void Every_head_dimension([Values(2, 40, 64, 80, 96, 128, 192, 256)] int headDim, [Values(Split, Long)] int height) => Check(
        Heads(keyValueHeads: 2, headsOfEach: 2, headDim),
        new AttentionLayout(height),
        (19, 2));

    [Test]
    public void Every_pair_of_types(
        [Values(ElementType.BFloat16, ElementType.Float16)] ElementType keyValues,
        [Values(ElementType.BFloat16, ElementType.Float16)] ElementType weights,
        [Values(Split, Long)] int height) => Check(
        new AttentionHeads(KeyValueHeadCount: 1, HeadsPerKeyValueHead: 2, HeadDim: 64, keyValues, weights),
        new AttentionLayout(height),
        (130, 1),
        (3, 2));

    [Test]
    public void A_cache_of_float32_by_the_portable_form() => Check(
        new AttentionHeads(KeyValueHeadCount: 1, HeadsPerKeyValueHead: 2, HeadDim: 8, ElementType.Float32, ElementType.BFloat16),
        new AttentionLayout(TileHeight: 2, GroupSize: 1),
        (130, 1));

    [Test]
    public void Every_grouping_of_heads([Values(1, 2, 3, 4, 8, 20)] int headsOfEach, [Values(Split, Long)] int height) => Check(
        Heads(keyValueHeads: 2, headsOfEach, headDim: 16), new AttentionLayout(height), (0, 1), (4, 5));

    [Test]
    public void Contexts_that_end_at_a_border(
        [Values(1, 32, 33, 127, 128, 129, 256, 257, 400)] int context, [Values(Split, Long)] int height) => Check(
        Heads(keyValueHeads: 1, headsOfEach: 1, headDim: 16),
        new AttentionLayout(height),
        (context - 1, 1),
        (Math.Max(0, context - 2), 2));

    [Test]
    public void Contexts_that_end_at_the_border_of_a_group_of_partitions([Values(1, 128, 256, 257, 400, 512)] int context) => Check(
        Heads(keyValueHeads: 1, headsOfEach: 1, headDim: 16),
        new AttentionLayout(Split, PartitionsPerGroup: 2),
        (context - 1, 1),
        (127, 1));

    [Test]
    public void Every_block_size([Values(1, 5, 16, 32, 2048)] int blockSize, [Values(Split, Long)] int height) => Check(
        Heads(keyValueHeads: 2, headsOfEach: 1, headDim: 8), new AttentionLayout(height, blockSize), (130, 3), (15, 1));

    [Test]
    public void A_whole_prompt([Values(64, 256)] int headDim) => Check(
        Heads(keyValueHeads: 1, headsOfEach: 3, headDim), new AttentionLayout(Long), (0, 140));

    [TestCase(ElementType.BFloat16, 16, 3)]
    [TestCase(ElementType.Float16, 64, 1)]
    [TestCase(ElementType.BFloat16, 96, 8)]
    [TestCase(ElementType.Float16, 128, 4)]
    [TestCase(ElementType.BFloat16, 256, 2)]
    public void A_token_is_the_same_bits_alone_and_in_every_chunk(ElementType type, int headDim, int headsOfEach)
    {
        const int Longest = 262;
        var heads = new AttentionHeads(KeyValueHeadCount: 1, headsOfEach, headDim, type, type);
        var text = new AttentionText(heads, Longest, seed: 7);
        var other = new AttentionText(heads, 40, seed: 8);
        var alone = new Dictionary<int, float[]>();
        (int Start, int Length)[] chunks = BarriersAreDear
            ? [(111, 20), (126, 4), (128, 1)]
            : [(0, 90), (111, 20), (125, 5), (127, 2), (128, 1), (129, 2), (200, 62), (254, 4)];
        foreach ((int start, int length) in chunks)
        {
            AttentionRun own = new(text, start, length);
            CheckTokens(new AttentionLayout(Long, BlockSize: 7, PlacementSeed: start), new(other, 20, 3), own, new(other, 0, 1));
            if (length * headsOfEach > Split)
                continue;
            CheckTokens(new AttentionLayout(Split, BlockSize: 16, PlacementSeed: start), own, new(other, 39, 1));
            int most = AttentionTiling.PartitionsFor(own.ContextLength);
            foreach (int some in most < 2 ? [] : most == 2 ? [2] : (int[])[2, 3]) // of three, two are shared by groups and three one group's
                CheckTokens(new AttentionLayout(Split, BlockSize: 16, PlacementSeed: start, PartitionsPerGroup: some), own, new(other, 39, 1));
        }

        void CheckTokens(AttentionLayout layout, params AttentionRun[] runs)
        {
            float[][] results = AttentionStep.Attend(Device, heads, layout, runs);
            int own = Array.FindIndex(runs, run => run.Text == text);
            for (int token = 0; token < runs[own].Length; token++)
            {
                int position = runs[own].FirstPosition + token;
                if (BarriersAreDear && position is not (111 or 127 or 128 or 129))
                    continue;
                if (!alone.TryGetValue(position, out float[]? expected))
                    alone[position] = expected = AttentionStep.Attend(Device, heads, new AttentionLayout(Split), new AttentionRun(text, position, 1))[0];
                Closeness.CheckSameBits(
                    results[own].AsSpan(token * heads.QueryWidth, heads.QueryWidth), expected, $"position {position}, {layout}");
            }

            Device.FreeBuffers();
        }
    }

    [Test]
    public void Scores_far_apart_do_not_overflow([Values(Split, Long)] int height)
    {
        AttentionHeads heads = Heads(keyValueHeads: 1, headsOfEach: 1, headDim: 2);
        var text = new AttentionText(heads, length: 140, seed: 1);
        for (int position = 0; position < 140; position++)
        {
            // The largest score is in the first partition and far above all of the second.
            text.Keys[position][0] = position == 5 ? 300 : position < AttentionKernel.PartitionSize ? -300 : -900;
            text.Keys[position][1] = 0;
        }

        text.Queries[139][0] = 1;
        float[] result = AttentionStep.Attend(Device, heads, new AttentionLayout(height), new AttentionRun(text, FirstPosition: 139, Length: 1))[0];
        Assert.That(result, Is.EqualTo(text.Values[5]));
    }

    private static AttentionHeads Heads(int keyValueHeads, int headsOfEach, int headDim) =>
        new(keyValueHeads, headsOfEach, headDim, ElementType.BFloat16, ElementType.BFloat16);

    private void Check(AttentionHeads heads, AttentionLayout layout, params (int FirstPosition, int Length)[] runs)
    {
        AttentionRun[] all = [.. runs.Select((run, index) =>
            new AttentionRun(new AttentionText(heads, run.FirstPosition + run.Length, seed: index), run.FirstPosition, run.Length))];
        float[][] results = AttentionStep.Attend(Device, heads, layout, all);
        for (int run = 0; run < all.Length; run++)
            AttentionReference.Check(heads, all[run], results[run]);
    }
}
