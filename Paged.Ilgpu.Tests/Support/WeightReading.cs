using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>Reads whole tensors, for comparisons.</summary>
internal static class WeightReading
{
    /// <summary>All elements, row-major, [rows × columns].</summary>
    public static float[] ReadAll(this WeightTensor tensor)
    {
        var values = new float[tensor.RowCount * tensor.ColumnCount];
        for (int row = 0; row < tensor.RowCount; row++)
            tensor.ReadRow(row, values.AsSpan(row * tensor.ColumnCount, tensor.ColumnCount));
        return values;
    }

    /// <summary>All elements of every tensor of the checkpoint, by name.</summary>
    public static Dictionary<string, float[]> ReadAll(this Checkpoint checkpoint) =>
        ExpectedTensors.Of(checkpoint.Config).ToDictionary(
            tensor => tensor.Name, tensor => checkpoint.Weights.GetTensor(tensor.Name, tensor.Rows, tensor.Columns).ReadAll());
}
