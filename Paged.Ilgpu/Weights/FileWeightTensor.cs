namespace Paged.Ilgpu.Weights;

/// <summary>A stored tensor under the project's own name, row by row.</summary>
/// <param name="name">The project's own name.</param>
/// <param name="type">The type of the elements.</param>
/// <param name="stored">Where they are.</param>
/// <param name="rowCount">Rows of the tensor; of a vector 1.</param>
/// <param name="columnCount">Elements of a row.</param>
internal sealed class FileWeightTensor(string name, ElementType type, StoredTensor stored, int rowCount, int columnCount) : WeightTensor
{
    public override string Name => name;

    public override ElementType Type => type;

    public override int RowCount => rowCount;

    public override int ColumnCount => columnCount;

    public override void ReadRow(int row, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, rowCount);
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, columnCount);
        stored.Read((long)row * columnCount, destination);
    }

    public override bool TryReadStoredRow(int row, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, rowCount);
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, columnCount * type.SizeInBytes());
        if (stored.IsQuantized)
            return false;
        stored.StoredElements((long)row * columnCount, columnCount).CopyTo(destination);
        return true;
    }
}
