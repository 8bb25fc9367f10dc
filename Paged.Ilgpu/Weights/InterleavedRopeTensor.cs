namespace Paged.Ilgpu.Weights;

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

    public override void ReadRow(int row, Span<float> destination) => halfSplit.ReadRow(FileRow(row), destination);

    public override bool TryReadStoredRow(int row, Span<byte> destination) => halfSplit.TryReadStoredRow(FileRow(row), destination);

    private int FileRow(int row)
    {
        (int head, int element) = Math.DivRem(row, headDim);
        return head * headDim + element / 2 + element % 2 * (headDim / 2);
    }
}
