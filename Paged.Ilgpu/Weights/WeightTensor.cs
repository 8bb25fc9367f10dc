namespace Paged.Ilgpu.Weights;

/// <summary>
/// One tensor of a checkpoint, read row by row from where it lies. A vector is one row. Reading allocates nothing, may be done from
/// several threads, and ends when the source that gave the tensor is disposed.
/// </summary>
public abstract class WeightTensor
{
    /// <summary>The project's own name of the tensor, see <see cref="WeightNames"/>.</summary>
    public abstract string Name { get; }

    /// <summary>The type in which the checkpoint stores the elements; float32, which holds them exactly, where it quantizes them.</summary>
    public abstract ElementType Type { get; }

    /// <summary>Number of rows; 1 for a vector.</summary>
    public abstract int RowCount { get; }

    /// <summary>Elements of one row.</summary>
    public abstract int ColumnCount { get; }

    /// <summary>Reads one row, widened to float32 (exact for every <see cref="ElementType"/>).</summary>
    /// <param name="row">The row, from 0 to <see cref="RowCount"/> − 1.</param>
    /// <param name="destination">Receives <see cref="ColumnCount"/> elements; must be exactly that long.</param>
    public abstract void ReadRow(int row, Span<float> destination);

    /// <summary>Reads one row as it is stored, in <see cref="Type"/>, little-endian: for whoever wants that very type.</summary>
    /// <param name="row">The row, from 0 to <see cref="RowCount"/> − 1.</param>
    /// <param name="destination">Receives <see cref="ColumnCount"/> elements; must be exactly that long.</param>
    /// <returns>False where elements are not stored one by one, and nothing was read.</returns>
    public virtual bool TryReadStoredRow(int row, Span<byte> destination) => false;
}
