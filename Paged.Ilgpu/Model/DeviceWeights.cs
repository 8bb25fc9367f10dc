using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Model;

/// <summary>All weights of a model on the device, packed for the kernels.</summary>
public sealed class DeviceWeights : IDisposable
{
    private readonly WeightPacker _packer;

    /// <summary>Reads a checkpoint's tensors and brings them to the device.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="config">The model.</param>
    /// <param name="source">Its tensors.</param>
    /// <param name="type">The type in which matrices are stored on the device; norms are float32.</param>
    /// <param name="form">The form of the kernels that will read them.</param>
    /// <param name="quantization">Whether the matrices of linear layers are quantized; the embedding never is, nor an output matrix tied to it.</param>
    /// <param name="progress">Told of every few hundred kilobytes, from several threads but one at a time; null where nobody asks.</param>
    /// <exception cref="PagedException">A tensor is absent or has another shape than the configuration says.</exception>
    public DeviceWeights(
        Accelerator accelerator,
        LlamaConfig config,
        IWeightSource source,
        ElementType type,
        KernelForm form,
        WeightQuantization quantization = WeightQuantization.None,
        IProgress<LoadProgress>? progress = null)
    {
        _packer = new WeightPacker(accelerator, type, form, progress, WeightSize.OnDevice(config, type, quantization), quantization);
        Type = type;
        int hidden = config.HiddenSize;
        int queries = config.HeadCount * config.HeadDim;
        int keys = config.KeyValueHeadCount * config.HeadDim;
        int intermediate = config.IntermediateSize;

        // Gate and up are padded to whole octets each, so that the down projection's input is too.
        int paddedIntermediate = Octet.CountFor(intermediate) * Octet.Length;

        Embedding = _packer.PackEmbedding(source.GetTensor(WeightNames.Embedding, config.VocabularySize, hidden));
        Output = config.TiedEmbedding
            ? Embedding
            : _packer.PackMatrix(hidden, config.VocabularySize, source.GetTensor(WeightNames.Output, config.VocabularySize, hidden));
        FinalNorm = _packer.PackVector(source.GetTensor(WeightNames.FinalNorm, 1, hidden));
        Layers = new LayerWeights[config.LayerCount];
        var biases = new LayerBiases(config, source, _packer);
        for (int layer = 0; layer < Layers.Length; layer++)
        {
            var weights = new LayerWeights(
                _packer.PackVector(source.GetTensor(WeightNames.AttentionNorm(layer), 1, hidden)),
                _packer.PackQueryKeyValue(
                    source.GetTensor(WeightNames.Query(layer), queries, hidden),
                    source.GetTensor(WeightNames.Key(layer), keys, hidden),
                    source.GetTensor(WeightNames.Value(layer), keys, hidden)),
                _packer.PackMatrix(queries, hidden, source.GetTensor(WeightNames.AttentionOutput(layer), hidden, queries)),
                _packer.PackVector(source.GetTensor(WeightNames.FeedForwardNorm(layer), 1, hidden)),
                _packer.PackGateUp(
                    hidden,
                    paddedIntermediate,
                    source.GetTensor(WeightNames.Gate(layer), intermediate, hidden),
                    source.GetTensor(WeightNames.Up(layer), intermediate, hidden)),
                _packer.PackMatrix(intermediate, hidden, source.GetTensor(WeightNames.Down(layer), hidden, intermediate)));
            Layers[layer] = biases.AddTo(weights, layer);
        }
    }

    /// <summary>All matrices, each once.</summary>
    internal IEnumerable<PackedMatrix> Matrices =>
    [
        Embedding,
        .. Output == Embedding ? [] : new[] { Output },
        .. Layers.SelectMany(layer => new[] { layer.QueryKeyValue, layer.AttentionOutput, layer.GateUp, layer.Down }),
    ];

    /// <summary>The type in which matrices are stored that are not quantized.</summary>
    public ElementType Type { get; }

    /// <summary>[vocabulary, hidden].</summary>
    public PackedMatrix Embedding { get; }

    /// <summary>[vocabulary, hidden]; the embedding itself where the two are tied.</summary>
    public PackedMatrix Output { get; }

    /// <summary>[hidden], float32.</summary>
    public ArrayView<Packet> FinalNorm { get; }

    /// <summary>The weights of each layer, the first first.</summary>
    internal LayerWeights[] Layers { get; }

    /// <summary>Device memory taken, in bytes.</summary>
    public long SizeInBytes => _packer.SizeInBytes;

    /// <inheritdoc/>
    public void Dispose() => _packer.Dispose();
}

/// <summary>The weights of one layer.</summary>
/// <param name="AttentionNorm">[hidden], float32.</param>
/// <param name="QueryKeyValue">[head + kvHead + kvHead, headDim, hidden].</param>
/// <param name="AttentionOutput">[hidden, head × headDim].</param>
/// <param name="FeedForwardNorm">[hidden], float32.</param>
/// <param name="GateUp">[gate or up, intermediate padded to octets, hidden].</param>
/// <param name="Down">[hidden, intermediate].</param>
internal sealed record LayerWeights(
    ArrayView<Packet> AttentionNorm,
    PackedMatrix QueryKeyValue,
    PackedMatrix AttentionOutput,
    ArrayView<Packet> FeedForwardNorm,
    PackedMatrix GateUp,
    PackedMatrix Down);
