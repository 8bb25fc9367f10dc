using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Model;

/// <summary>
/// Brings tensors to the device in the order that the kernels read, see <see cref="PackedLayout"/>. Owns what it allocates. The host
/// holds no more than one staging buffer of a matrix at a time.
/// </summary>
internal sealed class WeightPacker(Accelerator accelerator, ElementType type) : IDisposable
{
    private const int StagingPackets = 1 << 18;

    private readonly List<MemoryBuffer> _buffers = [];
    private Packet[] _staging = [];

    /// <summary>Bytes allocated on the device so far.</summary>
    public long SizeInBytes => _buffers.Sum(buffer => buffer.LengthInBytes);

    /// <summary>Packs matrices of equal width, one below the other, into one.</summary>
    /// <param name="inputs">Columns of each tensor: the input features.</param>
    /// <param name="columnsPerPart">Rows that each tensor takes, at least as many as it has; the rest is zero.</param>
    /// <param name="parts">The tensors, [output feature, input feature].</param>
    public PackedMatrix PackMatrix(int inputs, int columnsPerPart, params ReadOnlySpan<WeightTensor> parts)
    {
        int octets = Octet.CountFor(inputs);
        int columns = columnsPerPart * parts.Length;
        ArrayView<Packet> view = Allocate(PackedLayout.OctetCount(columns, octets) * HostPacking.PacketsPerOctet(type));
        PackParts(view, octets, columns, column => (column / columnsPerPart, column % columnsPerPart), parts);
        return new PackedMatrix(view, columns, octets);
    }

    /// <summary>Packs query, key and value projections, one below the other, into one.</summary>
    public PackedMatrix PackQueryKeyValue(WeightTensor query, WeightTensor key, WeightTensor value)
    {
        int octets = Octet.CountFor(query.ColumnCount);
        int columns = query.RowCount + key.RowCount + value.RowCount;
        ArrayView<Packet> view = Allocate(PackedLayout.OctetCount(columns, octets) * HostPacking.PacketsPerOctet(type));
        (int, int) Locate(int column) =>
            column < query.RowCount ? (0, column)
            : column < query.RowCount + key.RowCount ? (1, column - query.RowCount)
            : (2, column - query.RowCount - key.RowCount);
        PackParts(view, octets, columns, Locate, query, key, value);
        return new PackedMatrix(view, columns, octets);
    }

    /// <summary>Brings a vector to the device: rounded to the weights' type, kept as float32, padded with zeros to whole octets.</summary>
    public ArrayView<Packet> PackVector(WeightTensor tensor)
    {
        int octets = Octet.CountFor(tensor.ColumnCount);
        var values = new float[octets * Octet.Length];
        tensor.ReadRow(0, values.AsSpan(0, tensor.ColumnCount));
        foreach (ref float value in values.AsSpan())
            value = HostPacking.Round(value, type);
        var packets = new Packet[octets * Float32.PacketsPerOctet];
        for (int octet = 0; octet < octets; octet++)
        {
            HostPacking.Write(
                values.AsSpan(octet * Octet.Length, Octet.Length),
                ElementType.Float32,
                packets.AsSpan(octet * Float32.PacketsPerOctet, Float32.PacketsPerOctet));
        }

        ArrayView<Packet> view = Allocate(packets.Length);
        HostCopy.Upload<Packet>(view, packets);
        return view;
    }

    /// <summary>Brings a bias to the device: rounded to the weights' type, kept as float32.</summary>
    /// <param name="columns">Output features of the matrix that it belongs to.</param>
    /// <param name="parts">The biases of the tensors that lie in the matrix one below the other, [row, 1]; in a matrix with padding of equal
    /// length, and padded alike.</param>
    public ArrayView<float> PackBias(int columns, params ReadOnlySpan<WeightTensor> parts)
    {
        int rows = 0;
        foreach (WeightTensor part in parts)
            rows += part.RowCount;
        int padding = (columns - rows) / parts.Length;
        var values = new float[columns];
        int column = 0;
        foreach (WeightTensor part in parts)
        {
            for (int row = 0; row < part.RowCount; row++)
            {
                part.ReadRow(row, values.AsSpan(column, 1));
                values[column] = HostPacking.Round(values[column], type);
                column++;
            }

            column += padding;
        }

        MemoryBuffer1D<float, Stride1D.Dense> buffer = accelerator.Allocate1D<float>(columns);
        _buffers.Add(buffer);
        HostCopy.Upload<float>(buffer.View, values);
        return buffer.View;
    }

    public void Dispose()
    {
        foreach (MemoryBuffer buffer in _buffers)
            buffer.Dispose();
    }

    private ArrayView<Packet> Allocate(long packets)
    {
        MemoryBuffer1D<Packet, Stride1D.Dense> buffer = accelerator.Allocate1D<Packet>(packets);
        _buffers.Add(buffer);
        return buffer.View;
    }

    private void PackParts(
        ArrayView<Packet> view, int octets, int columns, Func<int, (int Part, int Row)> locate, params ReadOnlySpan<WeightTensor> parts)
    {
        int packetsPerOctet = HostPacking.PacketsPerOctet(type);
        int packetsPerTile = octets * PackedLayout.ColumnsPerTile * packetsPerOctet;
        int tiles = (columns + PackedLayout.ColumnsPerTile - 1) / PackedLayout.ColumnsPerTile;
        int tilesAtOnce = Math.Clamp(StagingPackets / packetsPerTile, 1, tiles);
        if (_staging.Length < tilesAtOnce * packetsPerTile)
            _staging = new Packet[tilesAtOnce * packetsPerTile];

        var values = new float[octets * Octet.Length];
        for (int firstTile = 0; firstTile < tiles; firstTile += tilesAtOnce)
        {
            int tilesNow = Math.Min(tilesAtOnce, tiles - firstTile);
            for (int index = 0; index < tilesNow * PackedLayout.ColumnsPerTile; index++)
            {
                int column = firstTile * PackedLayout.ColumnsPerTile + index;
                (int part, int row) = column < columns ? locate(column) : (0, int.MaxValue);
                values.AsSpan().Clear();
                if (row < parts[part].RowCount)
                    parts[part].ReadRow(row, values.AsSpan(0, parts[part].ColumnCount));
                for (int octet = 0; octet < octets; octet++)
                {
                    long target = (PackedLayout.FirstOctet(index, octets) + (long)octet * PackedLayout.ColumnsPerTile) * packetsPerOctet;
                    HostPacking.Write(
                        values.AsSpan(octet * Octet.Length, Octet.Length), type, _staging.AsSpan((int)target, packetsPerOctet));
                }
            }

            int length = tilesNow * packetsPerTile;
            HostCopy.Upload<Packet>(view.SubView((long)firstTile * packetsPerTile, length), _staging.AsSpan(0, length));
        }
    }
}
