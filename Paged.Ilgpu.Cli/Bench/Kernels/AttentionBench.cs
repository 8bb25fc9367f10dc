using ILGPU;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Kernels;

namespace Paged.Ilgpu.Cli.Bench.Kernels;

/// <summary>Times attention: one token each of several sequences, or one whole prompt. Bytes are the cache's, queries and results.</summary>
internal sealed class AttentionBench(
    LlamaConfig config, ElementType keyValueType, KernelSet kernels, BenchMemory memory, LaunchTimer timer, DeviceRates rates)
{
    private const int BlockSize = 16;

    private readonly KvLayout _layout = new(layerCount: 1, config.KeyValueHeadCount, config.HeadDim, BlockSize);

    /// <summary>A decode step of one layer.</summary>
    public KernelFigures Decode(int sequences, int context) => Measure("attention, decode", sequences, tokens: 1, context);

    /// <summary>A prompt of one layer.</summary>
    public KernelFigures Prefill(int tokens) => Measure("attention, prompt", sequences: 1, tokens, tokens);

    private KernelFigures Measure(string name, int sequences, int tokens, int context)
    {
        int rowsOfRun = tokens * config.HeadsPerKeyValueHead;
        int height = kernels.Tiling.HeightFor(tokens, config.HeadsPerKeyValueHead);
        int partitions = AttentionTiling.PartitionsFor(context);
        int blocks = (context + BlockSize - 1) / BlockSize;
        StepView step = default;
        step.SequenceStarts = memory.Upload(Enumerable.Range(0, sequences + 1).Select(index => index * tokens).ToArray());
        step.ContextLengths = memory.Upload(Enumerable.Repeat(context, sequences).ToArray());
        step.BlockTableStarts = memory.Upload(Enumerable.Range(0, sequences + 1).Select(index => index * blocks).ToArray());
        step.BlockIds = memory.Upload(Enumerable.Range(0, sequences * blocks).ToArray());
        step.TokenIds = step.Positions = step.TokenSequences = step.LogitTokens = step.SequenceStarts;
        ArrayView<AttentionTile> tiles = memory.Upload(
            (from sequence in Enumerable.Range(0, sequences)
             from tile in Enumerable.Range(0, (rowsOfRun + height - 1) / height)
             select new AttentionTile(sequence, tile * height, tokens == 1 ? (sequence * ((rowsOfRun + height - 1) / height) + tile) * partitions : 0)).ToArray());
        var partials = AttentionPartials.Of(
            memory.Allocate<FloatPair>,
            count => memory.Upload(new int[count]),
            tokens == 1 ? tiles.IntLength * partitions : 1,
            tiles.IntLength,
            config.KeyValueHeadCount,
            _layout.HeadOctets,
            Math.Min(height, config.HeadsPerKeyValueHead));
        int perGroup = AttentionTiling.PartitionsPerGroup((long)partitions * tiles.IntLength * config.KeyValueHeadCount, partitions, memory.Multiprocessors);
        int width = config.HeadCount * config.HeadDim;
        var shape = new AttentionShape
        {
            HeadsPerKeyValueHead = config.HeadsPerKeyValueHead,
            HeadDim = config.HeadDim,
            TokenCapacity = sequences * tokens,
            OutputStride = width,
            Scale = (float)(1 / Math.Sqrt(config.HeadDim)),
        };
        ArrayView<Packet> queries = memory.Allocate<Packet>(
            ((long)sequences * tokens * config.HeadCount + KernelSet.LargestTileHeight) * _layout.HeadOctets * 2);
        ArrayView<Packet> output = memory.Allocate<Packet>((long)sequences * tokens * Octet.CountFor(width) * 2);
        long cachePackets = sequences * blocks * _layout.OctetsPerBlock * KernelBench.PacketsPerOctet(keyValueType);
        bool isCold = cachePackets <= memory.Cold.Length;
        ArrayView<Packet> own = isCold ? default : memory.Allocate<Packet>(cachePackets);
        double seconds = timer.Seconds(launch => kernels.Attention(
            step,
            new AttentionTiles(tiles, height, partitions, perGroup),
            queries,
            isCold ? memory.ColdPackets(launch, cachePackets) : own,
            output,
            partials,
            _layout,
            shape,
            layer: 0));

        // A prompt's token sees itself and what stands before it.
        double pairs = tokens == 1 ? (double)sequences * context : (double)sequences * tokens * (tokens + 1) / 2;
        int queryBytes = kernels.HasPackedQueries ? sizeof(ushort) : sizeof(float);
        int outputBytes = kernels.InputType == ElementType.Float32 ? sizeof(float) : sizeof(ushort);
        double bytes = cachePackets * Packet.SizeInBytes + (double)(queryBytes + outputBytes) * sequences * tokens * width;
        return KernelFigures.Of(name, $"{sequences} x {tokens} of {context}", seconds, bytes, 4 * pairs * width, rates);
    }
}
