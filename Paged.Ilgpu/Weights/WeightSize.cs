using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Weights;

/// <summary>How much memory a model's weights take.</summary>
public static class WeightSize
{
    /// <summary>Bytes of all elements on a device, and of their scales where they are quantized; padding is not counted.</summary>
    /// <param name="config">The model.</param>
    /// <param name="type">The type of the weights.</param>
    /// <param name="quantization">Whether the matrices of linear layers are quantized.</param>
    public static long OnDevice(LlamaConfig config, ElementType type, WeightQuantization quantization) =>
        ExpectedTensors.Of(config).Sum(tensor => quantization == WeightQuantization.Int8 && IsLinear(tensor.Name, tensor.Rows, tensor.Columns)
            ? (long)tensor.Rows * (tensor.Columns + sizeof(float))
            : (long)tensor.Rows * tensor.Columns * type.SizeInBytes());

    // A norm is one row and a bias one column; an embedding's rows are looked up.
    private static bool IsLinear(string name, int rows, int columns) => name != WeightNames.Embedding && rows > 1 && columns > 1;
}
