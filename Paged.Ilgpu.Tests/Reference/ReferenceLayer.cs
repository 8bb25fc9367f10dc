using Paged.Ilgpu.Config;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Reference;

/// <summary>The weights of one layer, every matrix [out, in], every bias [out].</summary>
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
        if (config.AttentionBias)
        {
            QueryBias = read(WeightNames.BiasOf(WeightNames.Query(layer)), queryWidth, 1);
            KeyBias = read(WeightNames.BiasOf(WeightNames.Key(layer)), keyValueWidth, 1);
            ValueBias = read(WeightNames.BiasOf(WeightNames.Value(layer)), keyValueWidth, 1);
            AttentionOutputBias = read(WeightNames.BiasOf(WeightNames.AttentionOutput(layer)), hidden, 1);
        }

        if (config.FeedForwardBias)
        {
            GateBias = read(WeightNames.BiasOf(WeightNames.Gate(layer)), config.IntermediateSize, 1);
            UpBias = read(WeightNames.BiasOf(WeightNames.Up(layer)), config.IntermediateSize, 1);
            DownBias = read(WeightNames.BiasOf(WeightNames.Down(layer)), hidden, 1);
        }
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

    public float[]? QueryBias { get; }

    public float[]? KeyBias { get; }

    public float[]? ValueBias { get; }

    public float[]? AttentionOutputBias { get; }

    public float[]? GateBias { get; }

    public float[]? UpBias { get; }

    public float[]? DownBias { get; }
}
