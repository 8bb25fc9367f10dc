using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Kernels;

namespace Paged.Ilgpu.Model;

/// <summary>
/// All activations of a step, allocated once for the largest step. Every buffer is readable up to a whole tile of rows, and zero
/// wherever nothing was written.
/// </summary>
internal sealed class Workspace : IDisposable
{
    private readonly List<MemoryBuffer> _buffers = [];
    private readonly Accelerator _accelerator;

    /// <param name="accelerator">The device.</param>
    /// <param name="config">The model.</param>
    /// <param name="limits">The largest step.</param>
    /// <param name="kernels">The kernels that will use it.</param>
    public Workspace(Accelerator accelerator, LlamaConfig config, StepLimits limits, KernelSet kernels)
    {
        ElementType inputType = kernels.InputType;
        _accelerator = accelerator;
        TokenCapacity = RoundUp(limits.MaxTokens);
        int logitCapacity = RoundUp(limits.MaxSequences);
        int hiddenOctets = Octet.CountFor(config.HiddenSize);
        int headOctets = Octet.CountFor(config.HeadDim);
        int heads = config.HeadCount + 2 * config.KeyValueHeadCount;
        int intermediateOctets = Octet.CountFor(config.IntermediateSize);
        AttentionStride = Octet.CountFor(config.HeadCount * config.HeadDim) * Octet.Length;
        LogitStride = Octet.CountFor(config.VocabularySize) * Octet.Length;

        Residual = AllocateOctets(TokenCapacity, hiddenOctets);
        Normed = AllocateOctets(TokenCapacity, hiddenOctets, inputType);
        Projected = Allocate<float>((long)TokenCapacity * heads * config.HeadDim);
        Queries = AllocateOctets(
            TokenCapacity * config.HeadCount + KernelSet.LargestTileHeight, headOctets, kernels.HasPackedQueries ? ElementType.BFloat16 : ElementType.Float32);
        Partials = AllocatePartials(kernels.Tiling, config, limits);
        Attended = AllocateOctets(TokenCapacity, AttentionStride / Octet.Length, inputType);
        GateUp = kernels.KeepsGateUp ? AllocateOctets(TokenCapacity, 2 * intermediateOctets) : default;
        Product = AllocateOctets(TokenCapacity, intermediateOctets, inputType);
        LogitInput = AllocateOctets(logitCapacity, hiddenOctets, inputType);
        Logits = Allocate<float>((long)logitCapacity * LogitStride);
        BestOfPieces = Allocate<int>((long)logitCapacity * ArgmaxKernel.PiecesFor(config.VocabularySize));
        BestIds = Allocate<int>(logitCapacity);
        AllRows = Allocate<int>(TokenCapacity);
        HostCopy.Upload<int>(AllRows, [.. Enumerable.Range(0, TokenCapacity)]);
    }

    /// <summary>Tokens of the largest step, rounded up to whole tiles.</summary>
    public int TokenCapacity { get; }

    /// <summary>Elements from one token's attention result to the next.</summary>
    public int AttentionStride { get; }

    /// <summary>Elements from one row of logits to the next.</summary>
    public int LogitStride { get; }

    /// <summary>The residual stream, [token, hiddenOctet], float32.</summary>
    public ArrayView<Packet> Residual { get; }

    /// <summary>What a linear layer takes, [token, hiddenOctet], rounded to the weights' type and stored as the input type.</summary>
    public ArrayView<Packet> Normed { get; }

    /// <summary>Queries, keys and values before RoPE, [token, head + kvHead + kvHead, headDim].</summary>
    public ArrayView<float> Projected { get; }

    /// <summary>Rotated queries, [kvHead, token, headInGroup, octet], in the cache's type or as float32 rounded to it.</summary>
    public ArrayView<Packet> Queries { get; }

    /// <summary>Where partitions of attention meet.</summary>
    public AttentionPartials Partials { get; }

    /// <summary>Result of attention, [token, head × headDim padded to octets], of the input type.</summary>
    public ArrayView<Packet> Attended { get; }

    /// <summary>[token, gate or up, intermediateOctet], float32; no view where the kernels keep none.</summary>
    public ArrayView<Packet> GateUp { get; }

    /// <summary>silu(gate) × up, [token, intermediateOctet], of the input type.</summary>
    public ArrayView<Packet> Product { get; }

    /// <summary>What the output matrix takes, [logit row, hiddenOctet], of the input type.</summary>
    public ArrayView<Packet> LogitInput { get; }

    /// <summary>[logit row, vocabulary padded to octets].</summary>
    public ArrayView<float> Logits { get; }

    /// <summary>[logit row, piece of the row] id of the largest logit.</summary>
    public ArrayView<int> BestOfPieces { get; }

    /// <summary>[logit row] id of the largest logit.</summary>
    public ArrayView<int> BestIds { get; }

    /// <summary>[token] 0, 1, 2, …: every row from the row of the same number.</summary>
    public ArrayView<int> AllRows { get; }

    /// <summary>Device memory taken, in bytes.</summary>
    public long SizeInBytes => _buffers.Sum(buffer => buffer.LengthInBytes);

    public void Dispose()
    {
        foreach (MemoryBuffer buffer in _buffers)
            buffer.Dispose();
    }

    private static int RoundUp(int rows) =>
        (rows + KernelSet.LargestTileHeight - 1) / KernelSet.LargestTileHeight * KernelSet.LargestTileHeight;

    private AttentionPartials AllocatePartials(AttentionTiling tiling, LlamaConfig config, StepLimits limits)
    {
        if (tiling.SplitHeight is not null && limits.MaxPositions > KvLayout.MostPositions)
        {
            throw new PagedException(
                $"Attention on the matrix unit computes with at most {KvLayout.MostPositions:N0} positions, and --max-model-len is {limits.MaxPositions:N0}.");
        }

        int entries = tiling.PartialCount(limits.MaxSequences, limits.MaxPositions, config.HeadsPerKeyValueHead);
        if (entries == 0)
            return default;
        return AttentionPartials.Of(
            Allocate<FloatPair>,
            Allocate<int>,
            entries,
            limits.MaxSequences * ((config.HeadsPerKeyValueHead - 1) / tiling.SplitHeight!.Value + 1),
            config.KeyValueHeadCount,
            Octet.CountFor(config.HeadDim),
            Math.Min(config.HeadsPerKeyValueHead, tiling.SplitHeight!.Value));
    }

    private ArrayView<Packet> AllocateOctets(int rows, int octets, ElementType type = ElementType.Float32) =>
        Allocate<Packet>((long)rows * octets * HostPacking.PacketsPerOctet(type));

    private ArrayView<T> Allocate<T>(long length)
        where T : unmanaged
    {
        MemoryBuffer1D<T, Stride1D.Dense> buffer = _accelerator.Allocate1D<T>(length);
        buffer.MemSetToZero();
        _buffers.Add(buffer);
        return buffer.View;
    }
}
