using ILGPU;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Kernels.Cuda;
using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Cli.Bench.Kernels;

/// <summary>Times the kernels between the large ones: what they move is little, so how long a single row takes is what matters.</summary>
internal sealed class SmallKernelBench(
    LlamaConfig config, ElementType weightType, ElementType keyValueType, KernelSet kernels, BenchMemory memory, LaunchTimer timer, DeviceRates rates)
{
    private const int BlockSize = 16;

    /// <summary>Times all of them.</summary>
    /// <param name="rows">Tokens of a step, each of a sequence of its own.</param>
    public IEnumerable<KernelFigures> Run(int rows) => [Embed(rows), RmsNorm(rows), Rope(rows), SwiGlu(rows), Argmax(rows), TopK(rows)];

    private KernelFigures Embed(int rows)
    {
        int octets = Octet.CountFor(config.HiddenSize);
        long packets = (long)rows * octets * KernelBench.PacketsPerOctet(weightType);
        ArrayView<int> ids = memory.Upload(Enumerable.Range(0, rows).ToArray());
        ArrayView<Packet> residual = Rows(rows, octets);

        long tiles = Math.Max(MatrixLayout.OctetCount(rows, octets), PackedLayout.OctetCount(rows, octets)) * KernelBench.PacketsPerOctet(weightType);
        double seconds = timer.Seconds(launch => kernels.Embed(ids, memory.ColdPackets(launch, tiles), residual, rows, octets));
        return Figures("embedding", $"{rows} x {config.HiddenSize}", seconds, (double)packets * Packet.SizeInBytes + 4.0 * rows * config.HiddenSize, flops: 0);
    }

    private KernelFigures RmsNorm(int rows)
    {
        int octets = Octet.CountFor(config.HiddenSize);
        ArrayView<Packet> input = Rows(rows, octets);
        ArrayView<Packet> output = Rows(rows, octets);
        ArrayView<Packet> weight = Rows(1, octets);
        ArrayView<int> inputRows = memory.Upload(Enumerable.Range(0, rows).ToArray());
        double seconds = timer.Seconds(_ => kernels.RmsNorm(input, inputRows, weight, output, rows, config.HiddenSize, config.RmsNormEpsilon));
        return Figures("RMSNorm", $"{rows} x {config.HiddenSize}", seconds, 8.0 * rows * config.HiddenSize, 4.0 * rows * config.HiddenSize);
    }

    private KernelFigures Rope(int rows)
    {
        var layout = new KvLayout(layerCount: 1, config.KeyValueHeadCount, config.HeadDim, BlockSize);
        int heads = config.HeadCount + 2 * config.KeyValueHeadCount;
        StepView step = default;
        step.Positions = memory.Upload(new int[rows]);
        step.TokenSequences = step.BlockTableStarts = step.BlockIds = memory.Upload(Enumerable.Range(0, rows + 1).ToArray());
        step.TokenIds = step.SequenceStarts = step.ContextLengths = step.LogitTokens = step.Positions;
        ArrayView<float> projected = memory.Allocate<float>((long)rows * heads * config.HeadDim);
        ArrayView<Rotation> rotations = memory.Allocate<Rotation>(config.HeadDim / 2);
        ArrayView<Packet> queries = Rows(rows * config.HeadCount, layout.HeadOctets);
        ArrayView<Packet> cache = memory.Allocate<Packet>(rows * layout.OctetsPerBlock * KernelBench.PacketsPerOctet(keyValueType));
        var shape = new AttentionShape { HeadsPerKeyValueHead = config.HeadsPerKeyValueHead, HeadDim = config.HeadDim, TokenCapacity = rows };
        double seconds = timer.Seconds(_ => kernels.Rope(step, projected, rotations, queries, cache, layout, shape, layer: 0, rows));
        double elements = (double)rows * heads * config.HeadDim;
        return Figures("RoPE, cache write", $"{rows} x {heads} x {config.HeadDim}", seconds, 8 * elements, 3 * elements);
    }

    private KernelFigures SwiGlu(int rows)
    {
        int octets = Octet.CountFor(config.IntermediateSize);
        ArrayView<Packet> gateUp = Rows(rows, 2 * octets);
        ArrayView<Packet> product = Rows(rows, octets);
        double seconds = timer.Seconds(_ => kernels.SwiGlu(gateUp, product, rows, octets));
        return Figures(
            "SwiGLU", $"{rows} x {config.IntermediateSize}", seconds, 12.0 * rows * config.IntermediateSize, 5.0 * rows * config.IntermediateSize);
    }

    private KernelFigures Argmax(int rows)
    {
        ArrayView<float> logits = memory.Allocate<float>((long)rows * config.VocabularySize);
        ArrayView<int> best = memory.Allocate<int>(rows);
        ArrayView<int> bestOfPieces = memory.Allocate<int>((long)rows * ArgmaxKernel.PiecesFor(config.VocabularySize));
        double seconds = timer.Seconds(_ => kernels.Argmax(logits, bestOfPieces, best, rows, config.VocabularySize, config.VocabularySize));
        return Figures("argmax", $"{rows} x {config.VocabularySize}", seconds, 4.0 * rows * config.VocabularySize, flops: 0);
    }

    // Random logits: of equal ones the first would be all that is ever gathered.
    private KernelFigures TopK(int rows)
    {
        var random = new Random(1);
        var values = new float[rows * config.VocabularySize];
        foreach (ref float value in values.AsSpan())
            value = random.NextSingle();
        ArrayView<float> logits = memory.Upload(values);
        ArrayView<int> all = memory.Upload(Enumerable.Range(0, rows).ToArray());
        ArrayView<TokenLogit> ofPieces = memory.Allocate<TokenLogit>(
            (long)rows * TopKKernel.PiecesFor(config.VocabularySize) * TopKKernel.ListLength);
        ArrayView<TokenLogit> likeliest = memory.Allocate<TokenLogit>((long)rows * TopKKernel.ListLength);
        double seconds = timer.Seconds(_ => kernels.TopK(logits, all, ofPieces, likeliest, rows, config.VocabularySize, config.VocabularySize));
        return Figures("top-k", $"{rows} x {config.VocabularySize}", seconds, 4.0 * rows * config.VocabularySize, flops: 0);
    }

    private ArrayView<Packet> Rows(int rows, int octets) => memory.Allocate<Packet>((long)(rows + KernelSet.LargestTileHeight) * octets * 2);

    private KernelFigures Figures(string kernel, string shape, double seconds, double bytes, double flops) =>
        KernelFigures.Of(kernel, shape, seconds, bytes, flops, rates);
}
