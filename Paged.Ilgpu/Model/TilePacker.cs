using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Model;

/// <summary>Where a packed column's elements come from: a row of a tensor.</summary>
/// <param name="Tensor">The tensor; null for a column of padding, which is zero.</param>
/// <param name="Row">Its row.</param>
internal readonly record struct ColumnSource(WeightTensor? Tensor, int Row)
{
    /// <summary>A row, or padding where the tensor has ended.</summary>
    public static ColumnSource Of(WeightTensor tensor, int row) => row < tensor.RowCount ? new ColumnSource(tensor, row) : default;
}

/// <summary>Packs tiles of one matrix on the host and brings them to the device. Not for use by several threads at once.</summary>
internal sealed class TilePacker : IDisposable
{
    private readonly TileOrder _tiles;
    private readonly int _rowBytes;
    private readonly PageLockedArray1D<Packet> _staging; // tiles, each in its order
    private readonly float[] _scales; // [column of the matrix], where it is quantized
    private readonly byte[] _rows; // [columnInTile, octet, byte]
    private float[] _values = []; // [octet, element], where elements must be converted

    /// <param name="accelerator">The device.</param>
    /// <param name="tiles">The tiles of the matrix.</param>
    /// <param name="scales">Receives the scale of each column, padding included, where the matrix is quantized; else it has none.</param>
    public TilePacker(Accelerator accelerator, TileOrder tiles, float[] scales)
    {
        _tiles = tiles;
        _scales = scales;
        _rowBytes = tiles.Octets * tiles.BytesPerOctet;
        _rows = new byte[_rowBytes * tiles.ColumnsPerTile];
        _staging = accelerator.AllocatePageLocked1D<Packet>((long)tiles.AtOnce * tiles.PacketsPerTile);
    }

    /// <summary>Packs consecutive tiles, at most <see cref="TileOrder.AtOnce"/>.</summary>
    /// <param name="matrix">The whole matrix on the device.</param>
    /// <param name="firstTile">The first tile.</param>
    /// <param name="tiles">How many.</param>
    /// <param name="locate">What is in each column.</param>
    /// <returns>Bytes that the tensors' elements, and their scales, take on the device.</returns>
    public long Pack(ArrayView<Packet> matrix, int firstTile, int tiles, Func<int, ColumnSource> locate)
    {
        Span<Packet> staging = _staging.Span[..(tiles * _tiles.PacketsPerTile)];
        long bytes = 0;
        for (int tile = 0; tile < tiles; tile++)
        {
            for (int columnInTile = 0; columnInTile < _tiles.ColumnsPerTile; columnInTile++)
            {
                int column = (firstTile + tile) * _tiles.ColumnsPerTile + columnInTile;
                bytes += ReadRow(locate(column), column, _rows.AsSpan(columnInTile * _rowBytes, _rowBytes));
            }

            _tiles.Arrange(_rows, staging.Slice(tile * _tiles.PacketsPerTile, _tiles.PacketsPerTile));
        }

        HostCopy.Upload<Packet>(matrix.SubView((long)firstTile * _tiles.PacketsPerTile, staging.Length), staging);
        return bytes;
    }

    public void Dispose() => _staging.Dispose();

    // A row in the device's type, zeros behind it.
    private int ReadRow(ColumnSource source, int column, Span<byte> row)
    {
        if (source.Tensor is not { } tensor)
        {
            row.Clear();
            return 0;
        }

        int length = tensor.ColumnCount * (_tiles.IsQuantized ? 1 : _tiles.Type.SizeInBytes());
        row[length..].Clear();
        if (!_tiles.IsQuantized && tensor.Type == _tiles.Type && tensor.TryReadStoredRow(source.Row, row[..length]))
            return length;
        if (_values.Length == 0)
            _values = new float[_tiles.Octets * Octet.Length];
        Span<float> values = _values.AsSpan(0, tensor.ColumnCount);
        tensor.ReadRow(source.Row, values);
        if (_tiles.IsQuantized)
        {
            _scales[column] = Int8Quantization.Quantize(values, MemoryMarshal.Cast<byte, sbyte>(row));
            return length + sizeof(float);
        }

        Narrowing.Narrow(values, _tiles.Type, row[..length]);
        return length;
    }
}
