using Paged.Ilgpu.Config;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Reference;

/// <summary>The weights of one layer, every matrix [out, in].</summary>
internal sealed class ReferenceLayer
{
    /// <summary>Reads the layer's tensors.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="layer">The layer's index.</param>
    /// <param name="read">Gives a tensor's elements by name, rows and columns.</param>
    public ReferenceLayer(LlamaConfig config, int layer, Func<string, int, int, float[]> read)
    {
        int hidden = config.HiddenSize;
        int queryWidth = config.HeadCount * config.HeadDim;
        int keyValueWidth = config.KeyValueHeadCount * config.HeadDim;
        AttentionNorm = read(WeightNames.AttentionNorm(layer), 1, hidden);
        Query = read(WeightNames.Query(layer), queryWidth, hidden);
        Key = read(WeightNames.Key(layer), keyValueWidth, hidden);
        Value = read(WeightNames.Value(layer), keyValueWidth, hidden);
        AttentionOutput = read(WeightNames.AttentionOutput(layer), hidden, queryWidth);
        FeedForwardNorm = read(WeightNames.FeedForwardNorm(layer), 1, hidden);
        Gate = read(WeightNames.Gate(layer), config.IntermediateSize, hidden);
        Up = read(WeightNames.Up(layer), config.IntermediateSize, hidden);
        Down = read(WeightNames.Down(layer), hidden, config.IntermediateSize);
    }

    public float[] AttentionNorm { get; }

    public float[] Query { get; }

    public float[] Key { get; }

    public float[] Value { get; }

    public float[] AttentionOutput { get; }

    public float[] FeedForwardNorm { get; }

    public float[] Gate { get; }

    public float[] Up { get; }

    public float[] Down { get; }
}
