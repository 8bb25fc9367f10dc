using Paged.Ilgpu.Config;
using Paged.Ilgpu.Tests.Reference;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>Llama models of any shape with seeded random weights, small enough for the reference.</summary>
internal static class RandomLlama
{
    /// <summary>A small shape; name the numbers that the test is about.</summary>
    public static LlamaConfig Shape(
        int headCount = 4,
        int keyValueHeadCount = 2,
        int headDim = 8,
        int? hiddenSize = null,
        int intermediateSize = 48,
        int layerCount = 2,
        int vocabularySize = 64,
        int maxPositions = 256,
        bool tiedEmbedding = false) => new()
        {
            HiddenSize = hiddenSize ?? headCount * headDim,
            IntermediateSize = intermediateSize,
            LayerCount = layerCount,
            HeadCount = headCount,
            KeyValueHeadCount = keyValueHeadCount,
            HeadDim = headDim,
            VocabularySize = vocabularySize,
            MaxPositions = maxPositions,
            RmsNormEpsilon = 1e-5f,
            RopeTheta = 10_000,
            TiedEmbedding = tiedEmbedding,
        };

    /// <summary>
    /// Weights for that shape, the same for the same seed: matrices uniform with variance 1 / columns, so that activations keep their
    /// size from layer to layer, norms near 1, every element a value of <paramref name="type"/>.
    /// </summary>
    public static IWeightSource Weights(LlamaConfig config, int seed, ElementType type = ElementType.Float32)
    {
        Random random = new(seed);
        ArrayWeights weights = new(type);
        int hidden = config.HiddenSize;
        int queryWidth = config.HeadCount * config.HeadDim;
        int keyValueWidth = config.KeyValueHeadCount * config.HeadDim;
        Matrix(WeightNames.Embedding, config.VocabularySize, hidden);
        for (int layer = 0; layer < config.LayerCount; layer++)
        {
            Norm(WeightNames.AttentionNorm(layer));
            Matrix(WeightNames.Query(layer), queryWidth, hidden);
            Matrix(WeightNames.Key(layer), keyValueWidth, hidden);
            Matrix(WeightNames.Value(layer), keyValueWidth, hidden);
            Matrix(WeightNames.AttentionOutput(layer), hidden, queryWidth);
            Norm(WeightNames.FeedForwardNorm(layer));
            Matrix(WeightNames.Gate(layer), config.IntermediateSize, hidden);
            Matrix(WeightNames.Up(layer), config.IntermediateSize, hidden);
            Matrix(WeightNames.Down(layer), hidden, config.IntermediateSize);
        }

        foreach ((string name, int rows, int columns) in ExpectedTensors.Of(config).Where(tensor => tensor.Name.EndsWith(".bias", StringComparison.Ordinal)))
            Add(name, rows, columns, center: 0, spread: 0.5);
        Norm(WeightNames.FinalNorm);
        if (!config.TiedEmbedding)
            Matrix(WeightNames.Output, config.VocabularySize, hidden);
        return weights;

        void Matrix(string name, int rows, int columns) => Add(name, rows, columns, center: 0, spread: Math.Sqrt(3.0 / columns));

        void Norm(string name) => Add(name, 1, hidden, center: 1, spread: 0.25);

        void Add(string name, int rows, int columns, double center, double spread) =>
            weights.Add(name, rows, columns, Rounding.To(type, Uniform(random, rows * columns, center, spread)));
    }

    /// <summary>Elements between center − spread and center + spread.</summary>
    public static float[] Uniform(Random random, int count, double center = 0, double spread = 1)
    {
        float[] elements = new float[count];
        for (int i = 0; i < count; i++)
            elements[i] = (float)(center + (spread * ((2 * random.NextDouble()) - 1)));
        return elements;
    }
}
