using Paged.Ilgpu.Tests.Kernels;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>Weights that were quantized to int8 and widened again, in float32: those of every linear layer.</summary>
internal static class QuantizedWeights
{
    public static IWeightSource Of(IWeightSource source, Paged.Ilgpu.Config.LlamaConfig config)
    {
        var weights = new ArrayWeights(ElementType.Float32);
        foreach ((string name, int rows, int columns) in ExpectedTensors.Of(config))
        {
            WeightTensor tensor = source.GetTensor(name, rows, columns);
            var elements = new float[rows * columns];
            for (int row = 0; row < rows; row++)
                tensor.ReadRow(row, elements.AsSpan(row * columns, columns));
            bool isLinear = name != WeightNames.Embedding && rows > 1 && columns > 1;
            weights.Add(name, rows, columns, isLinear ? QuantizedMatrix.Of(elements, columns).Weights : elements);
        }

        return weights;
    }
}
