using Paged.Ilgpu.Config;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Model;

/// <summary>Brings the biases of a layer's matrices to the device, where the model has any.</summary>
internal sealed class LayerBiases(LlamaConfig config, IWeightSource source, WeightPacker packer)
{
    /// <summary>The same layer, each matrix with the bias that the configuration speaks of.</summary>
    public LayerWeights AddTo(LayerWeights weights, int layer)
    {
        if (config.AttentionBias)
        {
            int queries = config.HeadCount * config.HeadDim;
            int keys = config.KeyValueHeadCount * config.HeadDim;
            weights = weights with
            {
                QueryKeyValue = With(
                    weights.QueryKeyValue, Bias(WeightNames.Query(layer), queries), Bias(WeightNames.Key(layer), keys), Bias(WeightNames.Value(layer), keys)),
                AttentionOutput = With(weights.AttentionOutput, Bias(WeightNames.AttentionOutput(layer), config.HiddenSize)),
            };
        }

        if (config.FeedForwardBias)
        {
            weights = weights with
            {
                GateUp = weights.GateUp with
                {
                    Bias = packer.PackGateUpBias(
                        weights.GateUp.Columns, Bias(WeightNames.Gate(layer), config.IntermediateSize), Bias(WeightNames.Up(layer), config.IntermediateSize)),
                },
                Down = With(weights.Down, Bias(WeightNames.Down(layer), config.HiddenSize)),
            };
        }

        return weights;
    }

    private WeightTensor Bias(string matrix, int rows) => source.GetTensor(WeightNames.BiasOf(matrix), rows, 1);

    private PackedMatrix With(PackedMatrix matrix, params ReadOnlySpan<WeightTensor> parts) =>
        matrix with { Bias = packer.PackBias(matrix.Columns, parts) };
}
