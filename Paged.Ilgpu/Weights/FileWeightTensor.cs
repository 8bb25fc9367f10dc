using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Weights;

/// <summary>A stored tensor under the project's own name, row by row.</summary>
internal sealed class FileWeightTensor(string name, StoredTensor stored, int rowCount, int columnCount) : WeightTensor
{
    public override string Name => name;

    public override ElementType Type { get; } = stored.Type
        ?? throw new PagedException($"Tensor {Quoted.Of(stored.Name)} of {stored.Path} is of type {stored.TypeName}, "
            + "expected float32, bfloat16 or float16.");

    public override int RowCount => rowCount;

    public override int ColumnCount => columnCount;

    public override void ReadRow(int row, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, rowCount);
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, columnCount);
        stored.Read((long)row * columnCount, destination);
    }
}

/// <summary>
/// Gives a half-split projection's rows in interleaved order: within a head, our row 2i is the file's row i, and our row 2i + 1 the file's
/// row i + headDim / 2. It undoes the permutation of transformers' convert_llama_weights_to_hf.py.
/// </summary>
internal sealed class InterleavedRopeTensor(WeightTensor halfSplit, int headDim) : WeightTensor
{
    public override string Name => halfSplit.Name;

    public override ElementType Type => halfSplit.Type;

    public override int RowCount => halfSplit.RowCount;

    public override int ColumnCount => halfSplit.ColumnCount;

    public override void ReadRow(int row, Span<float> destination)
    {
        (int head, int element) = Math.DivRem(row, headDim);
        halfSplit.ReadRow(head * headDim + element / 2 + element % 2 * (headDim / 2), destination);
    }
}
