using ILGPU;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Kernels.Cuda;

namespace Paged.Ilgpu.Cli.Bench.Kernels;

/// <summary>Times the kernels of a model, each alone, at the shapes that a step gives them.</summary>
/// <param name="config">The model.</param>
/// <param name="weightType">Type of its matrices.</param>
/// <param name="keyValueType">Type of cached keys and values.</param>
/// <param name="kernels">The kernels.</param>
/// <param name="memory">Where they read and write.</param>
/// <param name="timer">What times them.</param>
/// <param name="rates">The yardsticks.</param>
internal sealed class KernelBench(
    LlamaConfig config, ElementType weightType, ElementType keyValueType, KernelSet kernels, BenchMemory memory, LaunchTimer timer, DeviceRates rates)
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
            yield return Linear("linear, logits", rows, config.VocabularySize, hidden, adds: false);
            yield return Linear("linear, square", rows, SquareSize, SquareSize, adds: false);
            foreach (KernelFigures figures in small.Run(rows))
                yield return figures;
            var attention = new AttentionBench(config, keyValueType, kernels, memory, timer, rates);
            yield return attention.Decode(rows, context);
            if (rows > 1)
                yield return attention.Prefill(rows);
        }
    }

    private KernelFigures Linear(string name, int rows, int columns, int inputs, bool adds)
    {
        int octets = Octet.CountFor(inputs);
        long packets = PacketsOf(columns, octets);
        ArrayView<Packet> input = Rows(rows, octets);
        ArrayView<float> output = memory.Allocate<float>((long)rows * columns);
        double seconds = timer.Seconds(launch =>
        {
            var weight = new PackedMatrix(memory.ColdPackets(launch, packets), columns, octets);
            if (adds)
                kernels.LinearAccumulate(input, weight, output, rows, columns);
            else
                kernels.Linear(input, weight, output, rows, columns);
        });
        double bytes = packets * Packet.SizeInBytes + sizeof(float) * rows * ((adds ? 2.0 : 1.0) * columns + inputs);
        return Figures(name, $"{rows} x {columns} x {inputs}", seconds, bytes, 2.0 * rows * columns * inputs);
    }

    private KernelFigures GateUp(int rows, int intermediate)
    {
        int octets = Octet.CountFor(config.HiddenSize);
        long packets = PacketsOf(2 * intermediate, octets);
        ArrayView<Packet> input = Rows(rows, octets);
        ArrayView<Packet> gateUp = Rows(rows, 2 * intermediate / Octet.Length);
        ArrayView<Packet> product = Rows(rows, intermediate / Octet.Length);
        double seconds = timer.Seconds(launch => kernels.GateUp(
            input,
            new PackedMatrix(memory.ColdPackets(launch, packets), 2 * intermediate, octets),
            gateUp,
            product,
            rows,
            intermediate / Octet.Length));
        double bytes = packets * Packet.SizeInBytes + (double)sizeof(float) * rows * (3 * intermediate + config.HiddenSize);
        return Figures(
            "linear, gate and up, SwiGLU", $"{rows} x {2 * intermediate} x {config.HiddenSize}", seconds, bytes, 4.0 * rows * intermediate * config.HiddenSize);
    }

    private long PacketsOf(int columns, int octets) =>
        (kernels.Form == KernelForm.MatrixUnit ? MatrixLayout.OctetCount(columns, octets) : PackedLayout.OctetCount(columns, octets))
            * PacketsPerOctet(weightType);

    // Readable up to a whole tile.
    private ArrayView<Packet> Rows(int rows, int octets) => memory.Allocate<Packet>((long)(rows + KernelSet.LargestTileHeight) * octets * 2);

    private KernelFigures Figures(string kernel, string shape, double seconds, double bytes, double flops) =>
        KernelFigures.Of(kernel, shape, seconds, bytes, flops, rates);
}
