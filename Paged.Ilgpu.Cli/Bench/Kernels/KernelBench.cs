using ILGPU;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Kernels.Cuda;

namespace Paged.Ilgpu.Cli.Bench.Kernels;

/// <summary>Times the kernels of a model, each alone, at the shapes that a step gives them.</summary>
/// <param name="config">The model.</param>
/// <param name="weightType">Type of its matrices that are not quantized.</param>
/// <param name="quantization">Whether those of linear layers are.</param>
/// <param name="keyValueType">Type of cached keys and values.</param>
/// <param name="kernels">The kernels.</param>
/// <param name="memory">Where they read and write.</param>
/// <param name="timer">What times them.</param>
/// <param name="rates">The yardsticks.</param>
internal sealed class KernelBench(
    LlamaConfig config,
    ElementType weightType,
    WeightQuantization quantization,
    ElementType keyValueType,
    KernelSet kernels,
    BenchMemory memory,
    LaunchTimer timer,
    DeviceRates rates)
{
    // Besides the model's own: the square in which kernels are compared everywhere.
    private const int SquareSize = 4096;

    /// <summary>The packets that the largest thing takes which is read from cold memory.</summary>
    public static long LargestColdPackets(LlamaConfig config, ElementType weightType) => Math.Max(
        MatrixLayout.OctetCount(config.VocabularySize, Octet.CountFor(config.HiddenSize)),
        MatrixLayout.OctetCount(2 * config.IntermediateSize, Octet.CountFor(config.HiddenSize))) * PacketsPerOctet(weightType);

    /// <summary>Packets that an octet of a type takes.</summary>
    public static int PacketsPerOctet(ElementType type) => type == ElementType.Float32 ? 2 : 1;

    /// <summary>Times all kernels.</summary>
    /// <param name="rowCounts">Tokens of a step.</param>
    /// <param name="context">Positions that attention looks back on.</param>
    public IEnumerable<KernelFigures> Run(IReadOnlyList<int> rowCounts, int context)
    {
        int hidden = config.HiddenSize;
        int heads = config.HeadCount * config.HeadDim;
        int projected = heads + 2 * config.KeyValueHeadCount * config.HeadDim;
        int intermediate = Octet.CountFor(config.IntermediateSize) * Octet.Length;
        var small = new SmallKernelBench(config, weightType, keyValueType, kernels, memory, timer, rates);
        foreach (int rows in rowCounts)
        {
            yield return Linear("linear, query key value", rows, projected, hidden, adds: false);
            yield return Linear("linear, attention output", rows, hidden, heads, adds: true);
            yield return GateUp(rows, intermediate);
            yield return Linear("linear, down", rows, hidden, intermediate, adds: true);
            yield return Linear("linear, logits", rows, config.VocabularySize, hidden, adds: false, isEmbedding: config.TiedEmbedding);
            yield return Linear("linear, square", rows, SquareSize, SquareSize, adds: false);
            foreach (KernelFigures figures in small.Run(rows))
                yield return figures;
            var attention = new AttentionBench(config, keyValueType, kernels, memory, timer, rates);
            yield return attention.Decode(rows, context);
            if (rows > 1)
                yield return attention.Prefill(rows);
        }
    }

    private KernelFigures Linear(string name, int rows, int columns, int inputs, bool adds, bool isEmbedding = false)
    {
        int octets = Octet.CountFor(inputs);
        ColdMatrix weight = Matrix(columns, octets, quantization == WeightQuantization.Int8 && !isEmbedding);
        ArrayView<Packet> input = Rows(rows, octets);
        ArrayView<float> output = memory.Allocate<float>((long)rows * columns);
        double seconds = timer.Seconds(launch =>
        {
            if (adds)
                kernels.LinearAccumulate(input, weight.At(launch), output, rows, columns);
            else
                kernels.Linear(input, weight.At(launch), output, rows, columns);
        });
        double bytes = weight.SizeInBytes + sizeof(float) * rows * ((adds ? 2.0 : 1.0) * columns + inputs);
        return Figures(name, $"{rows} x {columns} x {inputs}", seconds, bytes, 2.0 * rows * columns * inputs);
    }

    private KernelFigures GateUp(int rows, int intermediate)
    {
        int octets = Octet.CountFor(config.HiddenSize);
        ColdMatrix weight = Matrix(2 * intermediate, octets, quantization == WeightQuantization.Int8);
        ArrayView<Packet> input = Rows(rows, octets);
        ArrayView<Packet> gateUp = Rows(rows, 2 * intermediate / Octet.Length);
        ArrayView<Packet> product = Rows(rows, intermediate / Octet.Length);
        double seconds = timer.Seconds(launch => kernels.GateUp(input, weight.At(launch), gateUp, product, rows, intermediate / Octet.Length));
        double bytes = weight.SizeInBytes + (double)sizeof(float) * rows * (3 * intermediate + config.HiddenSize);
        return Figures(
            "linear, gate and up, SwiGLU", $"{rows} x {2 * intermediate} x {config.HiddenSize}", seconds, bytes, 4.0 * rows * intermediate * config.HiddenSize);
    }

    private ColdMatrix Matrix(int columns, int octets, bool isQuantized)
    {
        long octetCount = kernels.Form == KernelForm.MatrixUnit ? MatrixLayout.OctetCount(columns, octets) : PackedLayout.OctetCount(columns, octets);
        return isQuantized
            ? new ColdMatrix(memory, octetCount * Octet.Length / Packet.SizeInBytes, columns, octets, memory.Allocate<float>(PackedMatrix.ScaleCount(columns)))
            : new ColdMatrix(memory, octetCount * PacketsPerOctet(weightType), columns, octets, Scales: default);
    }

    // Readable up to a whole tile.
    private ArrayView<Packet> Rows(int rows, int octets) => memory.Allocate<Packet>((long)(rows + KernelSet.LargestTileHeight) * octets * 2);

    private KernelFigures Figures(string kernel, string shape, double seconds, double bytes, double flops) =>
        KernelFigures.Of(kernel, shape, seconds, bytes, flops, rates);

    // A weight matrix that lies at a new place at each launch.
    private sealed record ColdMatrix(BenchMemory Memory, long Packets, int Columns, int Octets, ArrayView<float> Scales)
    {
        public double SizeInBytes => (double)Packets * Packet.SizeInBytes + (Scales.IsValid ? sizeof(float) * (double)Columns : 0);

        public PackedMatrix At(int launch) => new(Memory.ColdPackets(launch, Packets), Columns, Octets, Scales: Scales);
    }
}
