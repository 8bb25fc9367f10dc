namespace Paged.Ilgpu.Weights;

/// <summary>Parts of one width, one below the other: a layer whose outputs are shared out among the files (column-parallel).</summary>
/// <param name="parts">At least one, of one type and width.</param>
internal sealed class RowJoinedTensor(WeightTensor[] parts) : WeightTensor
{
    public override string Name => parts[0].Name;

    public override ElementType Type => parts[0].Type;

    public override int RowCount { get; } = parts.Sum(part => part.RowCount);

    public override int ColumnCount => parts[0].ColumnCount;

    public override void ReadRow(int row, Span<float> destination) => Find(ref row).ReadRow(row, destination);

    public override bool TryReadStoredRow(int row, Span<byte> destination) => Find(ref row).TryReadStoredRow(row, destination);

    // The part that has the row, which becomes that part's own.
    private WeightTensor Find(ref int row)
    {
        int part = 0;
        while (part < parts.Length - 1 && row >= parts[part].RowCount)
            row -= parts[part++].RowCount;
        return parts[part];
    }
}

/// <summary>Parts of one height, side by side: a layer whose inputs are shared out among the files (row-parallel).</summary>
/// <param name="parts">At least one, of one type and height.</param>
internal sealed class ColumnJoinedTensor(WeightTensor[] parts) : WeightTensor
{
    public override string Name => parts[0].Name;

    public override ElementType Type => parts[0].Type;

    public override int RowCount => parts[0].RowCount;

    public override int ColumnCount { get; } = parts.Sum(part => part.ColumnCount);

    public override void ReadRow(int row, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, ColumnCount);
        foreach (WeightTensor part in parts)
        {
            part.ReadRow(row, destination[..part.ColumnCount]);
            destination = destination[part.ColumnCount..];
        }
    }

    public override bool TryReadStoredRow(int row, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, ColumnCount * Type.SizeInBytes());
        foreach (WeightTensor part in parts)
        {
            int bytes = part.ColumnCount * Type.SizeInBytes();
            if (!part.TryReadStoredRow(row, destination[..bytes]))
                return false;
            destination = destination[bytes..];
        }

        return true;
    }
}
