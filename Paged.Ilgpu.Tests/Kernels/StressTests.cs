using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels;

/// <summary>
/// Every kernel many times over, always the same bits. It is how a race is seen: attention with dynamic shared memory went wrong three
/// times in a thousand launches on PoCL. Many groups, so that some run side by side.
/// </summary>
[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfManyGroups))]
public sealed class StressTests(TestBackend backend) : KernelFixture(backend)
{
    private const int Launches = 500;
    private const int Rows = 40;
    private const int Width = 200;

    private readonly Random _random = new(1);

    private KernelSet Kernels => Device.Kernels(ElementType.BFloat16, ElementType.BFloat16);

    [Test]
    public void Embedding()
    {
        PackedMatrix matrix = Matrix(columns: Rows, inputs: Width);
        ArrayView<int> ids = Device.Upload([.. Enumerable.Range(0, Rows).Reverse()]);
        ArrayView<Packet> residual = Device.UploadRows([], Width, spareRows: Rows);
        Check(residual, () => Kernels.Embed(ids, matrix.Packets, residual, Rows, matrix.Octets));
    }

    [Test]
    public void RmsNorm()
    {
        ArrayView<Packet> input = RandomRows(Width);
        ArrayView<Packet> weight = Device.UploadRows(RandomLlama.Uniform(_random, Width, center: 1), Width);
        ArrayView<int> rows = Device.Upload([.. Enumerable.Range(0, Rows)]);
        ArrayView<Packet> output = Device.UploadRows([], Width, spareRows: Rows);
        Check(output, () => Kernels.RmsNorm(input, rows, weight, output, Rows, Width, epsilon: 1e-5f));
    }

    [Test]
    public void Linear([Values(1, 4, Rows)] int rows)
    {
        const int Columns = 300;
        ArrayView<Packet> input = RandomRows(Width);
        PackedMatrix matrix = Matrix(Columns, Width);
        ArrayView<float> output = Device.Upload(new float[rows * Columns]);
        Check(output, () => Kernels.Linear(input, matrix, output, rows, Columns));
    }

    [Test]
    public void Linear_onto_the_residual()
    {
        const int Columns = 300;
        ArrayView<Packet> input = RandomRows(Width);
        PackedMatrix matrix = Matrix(Columns, Width);
        ArrayView<float> output = Device.Upload(new float[Rows * Columns]);
        Check(output, () =>
        {
            output.MemSetToZero();
            Kernels.LinearAccumulate(input, matrix, output, Rows, Columns);
        });
    }

    [Test]
    public void Rope()
    {
        const int HeadDim = 20, KeyValueHeads = 2, HeadsOfEach = 3, Heads = KeyValueHeads * (HeadsOfEach + 2);
        var tables = new StepTables([(0, 30), (7, 10)], blockSize: 4, placementSeed: 1);
        StepView step = tables.Upload(Device);
        ArrayView<float> projected = Device.Upload(RandomLlama.Uniform(_random, tables.TokenCount * Heads * HeadDim));
        ArrayView<Rotation> rotations = Device.Upload([.. Enumerable.Range(0, 30 * HeadDim / 2).Select(i =>
            new Rotation(MathF.Cos(i), MathF.Sin(i)))]);
        var layout = new KvLayout(layerCount: 1, KeyValueHeads, HeadDim, blockSize: 4);
        var shape = new AttentionShape { HeadsPerKeyValueHead = HeadsOfEach, HeadDim = HeadDim, TokenCapacity = tables.TokenCount };
        ArrayView<Packet> queries = Device.UploadRows([], HeadDim, spareRows: tables.TokenCount * KeyValueHeads * HeadsOfEach);
        ArrayView<Packet> cache = Device.Upload(new Packet[tables.BlockCount * layout.OctetsPerBlock]);
        Check(cache, () =>
        {
            cache.MemSetToZero();
            Kernels.Rope(step, projected, rotations, queries, cache, layout, shape, layer: 0, tables.TokenCount);
        });
        Check(queries, () => Kernels.Rope(step, projected, rotations, queries, cache, layout, shape, layer: 0, tables.TokenCount));
    }

    [Test]
    public void Attention([Values(1, 2, 4, 8, 16)] int tileHeight)
    {
        var heads = new AttentionHeads(
            KeyValueHeadCount: 2, HeadsPerKeyValueHead: 2, HeadDim: 16, ElementType.BFloat16, ElementType.BFloat16);
        AttentionRun[] runs = [.. Enumerable.Range(1, 5).Select(seed =>
            new AttentionRun(new AttentionText(heads, 30 * seed, seed), FirstPosition: 30 * seed - 8, Length: 8))];
        var step = new AttentionStep(Device, heads, new AttentionLayout(tileHeight), runs);
        float[][] first = step.Attend();
        for (int launch = 1; launch < Launches; launch++)
        {
            float[][] again = step.Attend();
            for (int run = 0; run < runs.Length; run++)
                Closeness.CheckSameBits(again[run], first[run], $"launch {launch}, sequence {run}");
        }
    }

    [Test]
    public void SwiGlu()
    {
        ArrayView<Packet> gateUp = RandomRows(2 * Width);
        ArrayView<Packet> product = Device.UploadRows([], Width, spareRows: Rows);
        Check(product, () => Kernels.SwiGlu(gateUp, product, Rows, Width / Octet.Length));
    }

    [Test]
    public void Argmax()
    {
        ArrayView<float> logits = Device.Upload(RandomLlama.Uniform(_random, Rows * Width));
        ArrayView<int> best = Device.Upload(new int[Rows]);
        ArrayView<int> bestOfPieces = Device.Upload(new int[Rows * ArgmaxKernel.PiecesFor(Width)]);
        Check(best, () => Kernels.Argmax(logits, bestOfPieces, best, Rows, Width, Width));
    }

    [Test]
    public void TopK()
    {
        const int Vocabulary = TopKKernel.PieceLength + 300;
        ArrayView<float> logits = Device.Upload(RandomLlama.Uniform(_random, Rows * Vocabulary));
        ArrayView<int> rows = Device.Upload([.. Enumerable.Range(0, Rows)]);
        ArrayView<TokenLogit> ofPieces = Device.Upload(new TokenLogit[Rows * TopKKernel.PiecesFor(Vocabulary) * TopKKernel.ListLength]);
        ArrayView<TokenLogit> likeliest = Device.Upload(new TokenLogit[Rows * TopKKernel.ListLength]);
        Check(likeliest, () => Kernels.TopK(logits, rows, ofPieces, likeliest, Rows, Vocabulary, Vocabulary));
    }

    private ArrayView<Packet> RandomRows(int width) => Device.UploadRows(
        RandomLlama.Uniform(_random, Rows * width), width, spareRows: KernelSet.LargestTileHeight);

    private PackedMatrix Matrix(int columns, int inputs) =>
        Device.UploadMatrix(ElementType.BFloat16, RandomLlama.Uniform(_random, columns * inputs), inputs);

    private static void Check<T>(ArrayView<T> output, Action launch)
        where T : unmanaged
    {
        byte[]? first = null;
        for (int count = 0; count < Launches; count++)
        {
            launch();
            byte[] bytes = MemoryMarshal.AsBytes<T>(KernelDevice.Download(output)).ToArray();
            first ??= bytes;
            if (!bytes.AsSpan().SequenceEqual(first))
                Assert.Fail($"launch {count} differs from the first at byte {bytes.AsSpan().CommonPrefixLength(first)} of {bytes.Length}");
        }
    }
}
