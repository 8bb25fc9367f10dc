using ILGPU;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels;

[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfKernels))]
public sealed class RopeTests(TestBackend backend) : KernelFixture(backend)
{
    private const int LayerCount = 3;
    private const int Positions = 300;

    [Test]
    public void Every_type_and_head_dimension([Values] ElementType type, [Values(2, 6, 8, 64, 80, 128, 256)] int headDim) =>
        Check(new AttentionHeads(KeyValueHeadCount: 2, HeadsPerKeyValueHead: 2, headDim, type), blockSize: 16, layer: 1, (0, 1), (17, 2));

    [TestCase(1, 1)]
    [TestCase(1, 5)]
    [TestCase(3, 1)]
    public void Every_grouping_of_heads(int keyValueHeads, int headsOfEach) =>
        Check(new AttentionHeads(keyValueHeads, headsOfEach, HeadDim: 10, ElementType.BFloat16), blockSize: 4, layer: 2, (3, 6));

    [Test]
    public void Every_block_size_and_layer([Values(1, 4, 16, 64, 512)] int blockSize, [Values(0, 1, 2)] int layer) => Check(
        new AttentionHeads(KeyValueHeadCount: 2, HeadsPerKeyValueHead: 1, HeadDim: 8, ElementType.Float16), blockSize, layer, (62, 4), (0, 3), (299, 1));

    private void Check(AttentionHeads heads, int blockSize, int layer, params (int FirstPosition, int Length)[] runs)
    {
        (int headDim, int keyValueHeads, ElementType type) = (heads.HeadDim, heads.KeyValueHeadCount, heads.KeyValueType);
        var random = new Random(headDim + blockSize + layer);
        var tables = new StepTables(runs, blockSize, placementSeed: 1);
        int rowWidth = heads.QueryWidth + 2 * heads.KeyValueWidth;
        int tokenCapacity = tables.TokenCount + 2;
        float[] projected = RandomLlama.Uniform(random, tables.TokenCount * rowWidth, spread: 3);
        Rotation[] rotations = [.. RandomLlama.Uniform(random, Positions * headDim / 2, spread: Math.PI)
            .Select(angle => new Rotation(MathF.Cos(angle), MathF.Sin(angle)))];

        // NaN wherever nothing may be written.
        int width = Packing.PaddedWidth(headDim);
        var pool = new float[tables.BlockCount * LayerCount * 2 * keyValueHeads * blockSize * width];
        Array.Fill(pool, float.NaN);
        ArrayView<Packet> cache = Device.Upload(Packing.Encode(type, pool));
        ArrayView<Packet> queries = Device.UploadRows([], headDim, spareRows: heads.HeadCount * tokenCapacity);

        Device.Kernels(ElementType.Float32, type).Rope(
            tables.Upload(Device),
            Device.Upload(projected),
            Device.Upload(rotations),
            queries,
            cache,
            new KvLayout(LayerCount, keyValueHeads, headDim, blockSize),
            new AttentionShape { HeadsPerKeyValueHead = heads.HeadsPerKeyValueHead, HeadDim = headDim, TokenCapacity = tokenCapacity },
            layer,
            tables.TokenCount);

        float[] queriesAfter = KernelDevice.DownloadFloats(queries);
        float[] poolAfter = Packing.Decode(type, KernelDevice.Download(cache));
        int written = 0;
        for (int sequence = 0; sequence < runs.Length; sequence++)
        {
            for (int index = 0; index < runs[sequence].Length; index++)
            {
                int token = tables.SequenceStarts[sequence] + index;
                int position = runs[sequence].FirstPosition + index;
                for (int head = 0; head < heads.HeadCount; head++)
                {
                    int row = (head / heads.HeadsPerKeyValueHead * tokenCapacity + token) * heads.HeadsPerKeyValueHead
                        + head % heads.HeadsPerKeyValueHead;
                    CheckRow(queriesAfter.AsSpan(row * width, width), token, position, head, turns: true);
                }

                for (int head = 0; head < keyValueHeads; head++)
                {
                    foreach (bool isValue in (bool[])[false, true])
                    {
                        int element = tables.Element(sequence, position, layer, isValue, head, LayerCount, keyValueHeads, headDim);
                        int projectedHead = heads.HeadCount + (isValue ? keyValueHeads : 0) + head;
                        CheckRow(poolAfter.AsSpan(element, width), token, position, projectedHead, turns: !isValue);
                        written += width;
                    }
                }
            }
        }

        Assert.That(poolAfter.Count(float.IsNaN), Is.EqualTo(pool.Length - written), "elements of the pool that were left alone");
        Assert.That(
            queriesAfter.Count(float.IsNaN),
            Is.EqualTo(2 * heads.HeadCount * width),
            "elements of the queries that were left alone");

        void CheckRow(ReadOnlySpan<float> actual, int token, int position, int head, bool turns)
        {
            ReadOnlySpan<float> from = projected.AsSpan(token * rowWidth + head * headDim, headDim);
            for (int i = 0; i < actual.Length; i++)
            {
                Rotation rotation = i < headDim && turns ? rotations[position * headDim / 2 + i / 2] : new Rotation(1, 0);
                (double expected, double scale) = (0, 0);
                if (i < headDim)
                {
                    double own = (double)from[i] * rotation.Cosine;
                    double other = (double)from[i ^ 1] * rotation.Sine * (i % 2 == 0 ? -1 : 1);
                    (expected, scale) = (own + other, Math.Abs(own) + Math.Abs(other));
                }

                Closeness.Check(
                    actual[i], expected, turns ? Closeness.Tolerance * scale : 0, type, $"token {token}, head {head}, element {i}");
            }
        }
    }
}
