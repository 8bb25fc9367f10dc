using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Weights;

/// <summary>The tensors that a model consists of, by the project's own names, with their shapes; a norm is one row, a bias one column.</summary>
public static class ExpectedTensors
{
    /// <summary>All tensors in the order of a forward pass.</summary>
    public static IEnumerable<(string Name, int Rows, int Columns)> Of(LlamaConfig config)
    {
        int hidden = config.HiddenSize;
        int queryRows = config.HeadCount * config.HeadDim;
        int keyRows = config.KeyValueHeadCount * config.HeadDim;
        yield return (WeightNames.Embedding, config.VocabularySize, hidden);
        for (int layer = 0; layer < config.LayerCount; layer++)
        {
            yield return (WeightNames.AttentionNorm(layer), 1, hidden);
            yield return (WeightNames.Query(layer), queryRows, hidden);
            yield return (WeightNames.Key(layer), keyRows, hidden);
            yield return (WeightNames.Value(layer), keyRows, hidden);
            yield return (WeightNames.AttentionOutput(layer), hidden, queryRows);
            yield return (WeightNames.FeedForwardNorm(layer), 1, hidden);
            yield return (WeightNames.Gate(layer), config.IntermediateSize, hidden);
            yield return (WeightNames.Up(layer), config.IntermediateSize, hidden);
            yield return (WeightNames.Down(layer), hidden, config.IntermediateSize);
            if (config.AttentionBias)
            {
                yield return (WeightNames.BiasOf(WeightNames.Query(layer)), queryRows, 1);
                yield return (WeightNames.BiasOf(WeightNames.Key(layer)), keyRows, 1);
                yield return (WeightNames.BiasOf(WeightNames.Value(layer)), keyRows, 1);
                yield return (WeightNames.BiasOf(WeightNames.AttentionOutput(layer)), hidden, 1);
            }

            if (config.FeedForwardBias)
            {
                yield return (WeightNames.BiasOf(WeightNames.Gate(layer)), config.IntermediateSize, 1);
                yield return (WeightNames.BiasOf(WeightNames.Up(layer)), config.IntermediateSize, 1);
                yield return (WeightNames.BiasOf(WeightNames.Down(layer)), hidden, 1);
            }
        }

        yield return (WeightNames.FinalNorm, 1, hidden);
        if (!config.TiedEmbedding)
            yield return (WeightNames.Output, config.VocabularySize, hidden);
    }
}
