using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels;

/// <summary>
/// A token's attention is the same bits whether it runs alone, as a decode step does, or in a chunk; at every tile height and block size,
/// beside any other sequence, wherever the blocks lie.
/// </summary>
[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfKernels))]
public sealed class AttentionExactnessTests(TestBackend backend) : KernelFixture(backend)
{
    private const int LongestContext = 260;

    private AttentionHeads _heads = null!;
    private AttentionText _text = null!;
    private Dictionary<int, float[]> _alone = null!; // [position][head, headDim]

    // Where chunks begin: at the first token, and about the borders of partitions.
    private int[] ChunkStarts => BarriersAreDear ? [0, 125] : [0, 111, 125, 127, 128, 129, 240, 243];

    private int[] ChunkLengths => BarriersAreDear ? [5] : [2, 3, 4, 5, 7, 8, 9, 15, 16, 17];

    [Test]
    public void In_chunks_of_every_tile_height(
        [Values] ElementType keyValues, [Values(1, 2, 4, 8, 16)] int height, [Values(1, 3)] int headsOfEach)
    {
        Begin(keyValues, headsOfEach);
        foreach (int start in ChunkStarts)
        {
            foreach (int length in ChunkLengths)
                Check(new AttentionLayout(height), new AttentionRun(_text, start, length));
        }
    }

    [Test]
    public void Alone_at_every_tile_height_and_block_size(
        [Values(1, 2, 4, 8, 16)] int height, [Values(1, 4, 16, 64, 1024)] int blockSize)
    {
        Begin(ElementType.BFloat16, headsOfEach: 3);
        foreach (int context in BarriersAreDear ? [129] : (int[])[1, 2, 16, 17, 127, 128, 129, 255, 256, 257])
            Check(new AttentionLayout(height, blockSize), new AttentionRun(_text, context - 1, 1));
    }

    [Test]
    public void In_chunks_at_every_block_size_wherever_the_blocks_lie(
        [Values(1, 4, 16, 64, 1024)] int blockSize, [Values(1, 2, 3)] int placementSeed)
    {
        Begin(ElementType.Float16, headsOfEach: 2);
        foreach (int start in BarriersAreDear ? [126] : ChunkStarts)
            Check(new AttentionLayout(TileHeight: 8, blockSize, placementSeed), new AttentionRun(_text, start, 5));
    }

    [Test]
    public void Beside_other_sequences_in_any_order([Values] ElementType keyValues, [Values(1, 4, 16)] int height)
    {
        Begin(keyValues, headsOfEach: 2);
        AttentionText Other(int seed) => new(_heads, length: 20, seed);
        AttentionRun before = new(Other(seed: 8), FirstPosition: 0, Length: 3);
        AttentionRun own = new(_text, FirstPosition: 127, Length: 3);
        AttentionRun after = new(Other(seed: 9), FirstPosition: 17, Length: 1);
        AttentionRun again = new(_text, FirstPosition: 60, Length: 1);
        Check(new AttentionLayout(height), before, own, after, again);
        Check(new AttentionLayout(height), again, after, own, before);
    }

    private void Begin(ElementType keyValues, int headsOfEach)
    {
        _heads = new AttentionHeads(
            KeyValueHeadCount: BarriersAreDear ? 1 : 2, headsOfEach, HeadDim: 8, keyValues, WeightType: ElementType.Float32);
        _text = new AttentionText(_heads, LongestContext, seed: 7);
        _alone = [];
    }

    private void Check(AttentionLayout layout, params AttentionRun[] runs)
    {
        float[][] results = AttentionStep.Attend(Device, _heads, layout, runs);
        for (int run = 0; run < runs.Length; run++)
        {
            if (runs[run].Text != _text)
                continue;
            for (int token = 0; token < runs[run].Length; token++)
            {
                int position = runs[run].FirstPosition + token;
                Closeness.CheckSameBits(
                    results[run].AsSpan(token * _heads.QueryWidth, _heads.QueryWidth),
                    Alone(position),
                    $"position {position}, token {token} of {runs[run].Length}, {layout}");
            }
        }

        Device.FreeBuffers();
    }

    // As the first decode step would compute it: one token, the lowest tile that holds its heads.
    private float[] Alone(int position)
    {
        if (!_alone.TryGetValue(position, out float[]? result))
        {
            var layout = new AttentionLayout(Paged.Ilgpu.Kernels.KernelSet.TileHeightFor(_heads.HeadsPerKeyValueHead));
            _alone[position] = result = AttentionStep.Attend(Device, _heads, layout, new AttentionRun(_text, position, 1))[0];
        }

        return result;
    }
}
