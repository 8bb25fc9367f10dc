using Paged.Ilgpu.Config;
using Paged.Ilgpu.Weights;
using static Paged.Ilgpu.Tests.Reference.ReferenceMath;

namespace Paged.Ilgpu.Tests.Reference;

/// <summary>
/// A whole Llama model that nothing was done to make fast: one token after another, every sum in double, the residual stream in float32.
/// It rounds where the engine rounds: all weights, and the input of every linear layer, to the weights' type; turned queries, stored
/// keys and values, and probabilities to the KV type. With float32 nothing is rounded beyond float32 itself.
/// </summary>
internal sealed class ReferenceModel
{
    private readonly LlamaConfig _config;
    private readonly ElementType _weightType;
    private readonly ElementType _keyValueType;
    private readonly double[] _inverseFrequencies; // [headDim / 2]
    private readonly double _attentionFactor;
    private readonly float[] _embedding; // [vocabulary, hidden]
    private readonly float[] _output; // [vocabulary, hidden]
    private readonly float[] _finalNorm; // [hidden]
    private readonly ReferenceLayer[] _layers;

    /// <summary>Reads all weights; the source may be disposed afterwards.</summary>
    public ReferenceModel(LlamaConfig config, IWeightSource weights, ElementType weightType, ElementType keyValueType)
    {
        _config = config;
        _weightType = weightType;
        _keyValueType = keyValueType;
        _inverseFrequencies = RopeFrequencies.Compute(config);
        _attentionFactor = RopeFrequencies.AttentionFactor(config);
        _embedding = Read(WeightNames.Embedding, config.VocabularySize, config.HiddenSize);
        _output = config.TiedEmbedding ? _embedding : Read(WeightNames.Output, config.VocabularySize, config.HiddenSize);
        _finalNorm = Read(WeightNames.FinalNorm, 1, config.HiddenSize);
        _layers = [.. Enumerable.Range(0, config.LayerCount).Select(layer => new ReferenceLayer(config, layer, Read))];

        float[] Read(string name, int rows, int columns)
        {
            WeightTensor tensor = weights.GetTensor(name, rows, columns);
            float[] elements = new float[rows * columns];
            for (int row = 0; row < rows; row++)
                tensor.ReadRow(row, elements.AsSpan(row * columns, columns));
            return Rounding.To(weightType, elements);
        }
    }

    /// <summary>The logits after every token: [token][vocabulary].</summary>
    public float[][] Logits(IReadOnlyList<int> tokens)
    {
        KeyValueHistory history = new(_config.LayerCount);
        return [.. tokens.Select(token => Forward(token, history))];
    }

    /// <summary>The ids that follow the prompt when the most likely one is always taken; of equal logits the lowest id wins.</summary>
    public int[] GenerateGreedy(IReadOnlyList<int> prompt, int count) => [.. GreedyLogits(prompt).Take(count).Select(logits => ArgMax(logits))];

    /// <summary>The logits that each token of the greedy answer is taken from, without end: [token][vocabulary].</summary>
    public IEnumerable<float[]> GreedyLogits(IReadOnlyList<int> prompt)
    {
        KeyValueHistory history = new(_config.LayerCount);
        float[] logits = [];
        foreach (int token in prompt)
            logits = Forward(token, history);
        while (true)
        {
            yield return logits;
            logits = Forward(ArgMax(logits), history);
        }
    }

    private float[] Forward(int token, KeyValueHistory history)
    {
        int position = history.Length;
        float[] residual = _embedding[(token * _config.HiddenSize)..((token + 1) * _config.HiddenSize)];
        for (int layer = 0; layer < _layers.Length; layer++)
        {
            residual = Add(residual, Attend(_layers[layer], residual, position, history.Keys[layer], history.Values[layer]));
            residual = Add(residual, FeedForward(_layers[layer], residual));
        }

        return RoundedLinear(RmsNorm(residual, _finalNorm, _config.RmsNormEpsilon), _output);
    }

    private float[] Attend(ReferenceLayer layer, float[] residual, int position, List<float[]> keys, List<float[]> values)
    {
        float[] normed = RmsNorm(residual, layer.AttentionNorm, _config.RmsNormEpsilon);
        float[] query = Rope(RoundedLinear(normed, layer.Query, layer.QueryBias), position, _inverseFrequencies, _attentionFactor);
        float[] key = Rope(RoundedLinear(normed, layer.Key, layer.KeyBias), position, _inverseFrequencies, _attentionFactor);
        keys.Add(Rounding.To(_keyValueType, key));
        values.Add(Rounding.To(_keyValueType, RoundedLinear(normed, layer.Value, layer.ValueBias)));
        float[] attended = Attention(Rounding.To(_keyValueType, query), keys, values, _config.HeadDim, _keyValueType);
        return RoundedLinear(attended, layer.AttentionOutput, layer.AttentionOutputBias);
    }

    private float[] FeedForward(ReferenceLayer layer, float[] residual)
    {
        float[] normed = RmsNorm(residual, layer.FeedForwardNorm, _config.RmsNormEpsilon);
        float[] gate = RoundedLinear(normed, layer.Gate, layer.GateBias);
        float[] up = RoundedLinear(normed, layer.Up, layer.UpBias);
        return RoundedLinear(SwiGlu(gate, up), layer.Down, layer.DownBias);
    }

    private float[] RoundedLinear(float[] input, float[] weight, float[]? bias = null) =>
        Linear(Rounding.To(_weightType, input), weight, bias);

    /// <summary>The keys and values of the tokens so far: [layer][position][kvHead, headDim].</summary>
    private sealed class KeyValueHistory(int layerCount)
    {
        public List<float[]>[] Keys { get; } = [.. Enumerable.Range(0, layerCount).Select(_ => new List<float[]>())];

        public List<float[]>[] Values { get; } = [.. Enumerable.Range(0, layerCount).Select(_ => new List<float[]>())];

        public int Length => Keys[0].Count;
    }
}
