using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Model;

/// <summary>Where a packed column's elements come from: a row of a tensor.</summary>
/// <param name="Tensor">The tensor; null for a column of padding, which is zero.</param>
/// <param name="Row">Its row.</param>
internal readonly record struct ColumnSource(WeightTensor? Tensor, int Row);

/// <summary>Packs tiles of one matrix on the host and brings them to the device. Not for use by several threads at once.</summary>
internal sealed class TilePacker : IDisposable
{
    // Small enough for a core's second-level cache with the rows beside it, large enough that a copy to a device is worth its start.
    private const int StagingBytes = 1 << 19;

    private readonly ElementType _type;
    private readonly int _octets;
    private readonly int _rowBytes;
    private readonly int _packetsPerTile;
    private readonly PageLockedArray1D<Packet> _staging; // [tile, octet, columnInTile, packet]
    private readonly byte[] _rows; // [columnInTile, octet, packet]
    private float[] _values = []; // [octet, element], where elements must be converted

    /// <param name="accelerator">The device.</param>
    /// <param name="type">The type in which it stores matrices.</param>
    /// <param name="octets">Octets of a column.</param>
    public TilePacker(Accelerator accelerator, ElementType type, int octets)
    {
        _type = type;
        _octets = octets;
        int packetsPerRow = octets * HostPacking.PacketsPerOctet(type);
        _rowBytes = packetsPerRow * Packet.SizeInBytes;
        _packetsPerTile = packetsPerRow * PackedLayout.ColumnsPerTile;
        _rows = new byte[_rowBytes * PackedLayout.ColumnsPerTile];
        _staging = accelerator.AllocatePageLocked1D<Packet>((long)TilesAtOnce(type, octets) * _packetsPerTile);
    }

    /// <summary>Tiles packed before they are copied.</summary>
    public static int TilesAtOnce(ElementType type, int octets) =>
        Math.Max(1, StagingBytes / (octets * HostPacking.PacketsPerOctet(type) * PackedLayout.ColumnsPerTile * Packet.SizeInBytes));

    /// <summary>Packs consecutive tiles, at most <see cref="TilesAtOnce"/>.</summary>
    /// <param name="matrix">The whole matrix on the device.</param>
    /// <param name="firstTile">The first tile.</param>
    /// <param name="tiles">How many.</param>
    /// <param name="locate">What is in each column.</param>
    /// <returns>Elements of the tensors that were read.</returns>
    public long Pack(ArrayView<Packet> matrix, int firstTile, int tiles, Func<int, ColumnSource> locate)
    {
        Span<Packet> staging = _staging.Span[..(tiles * _packetsPerTile)];
        long elements = 0;
        for (int tile = 0; tile < tiles; tile++)
        {
            for (int column = 0; column < PackedLayout.ColumnsPerTile; column++)
            {
                ColumnSource source = locate((firstTile + tile) * PackedLayout.ColumnsPerTile + column);
                Span<byte> row = _rows.AsSpan(column * _rowBytes, _rowBytes);
                elements += ReadRow(source, row);
            }

            HostPacking.Interleave(
                MemoryMarshal.Cast<byte, Packet>(_rows),
                staging.Slice(tile * _packetsPerTile, _packetsPerTile),
                HostPacking.PacketsPerOctet(_type));
        }

        HostCopy.Upload<Packet>(matrix.SubView((long)firstTile * _packetsPerTile, staging.Length), staging);
        return elements;
    }

    public void Dispose() => _staging.Dispose();

    // A row in the device's type, zeros behind it.
    private int ReadRow(ColumnSource source, Span<byte> row)
    {
        if (source.Tensor is not { } tensor)
        {
            row.Clear();
            return 0;
        }

        int length = tensor.ColumnCount * _type.SizeInBytes();
        row[length..].Clear();
        if (tensor.Type == _type && tensor.TryReadStoredRow(source.Row, row[..length]))
            return tensor.ColumnCount;
        if (_values.Length == 0)
            _values = new float[_octets * Octet.Length];
        Span<float> values = _values.AsSpan(0, tensor.ColumnCount);
        tensor.ReadRow(source.Row, values);
        Narrowing.Narrow(values, _type, row[..length]);
        return tensor.ColumnCount;
    }
}
