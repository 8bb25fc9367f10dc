using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Kernels.Cuda;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Model;

/// <summary>
/// Brings tensors to the device in the order that the kernels read, see <see cref="PackedLayout"/> and
/// <see cref="MatrixLayout"/>. Owns what it allocates. The host
/// holds no more than one staging buffer of a matrix at a time.
/// </summary>
internal sealed class WeightPacker(Accelerator accelerator, ElementType type, KernelForm form = KernelForm.Portable) : IDisposable
{
    private const int StagingPackets = 1 << 18;

    private readonly List<MemoryBuffer1D<Packet, Stride1D.Dense>> _buffers = [];
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
        return Pack(octets, columns, column => (column / columnsPerPart, column % columnsPerPart), parts);
    }

    /// <summary>
    /// Packs gate and up projection into one: one below the other, or, for the matrix unit, a tile of the one beside the same tile of the
    /// other, so that a lane which holds a gate's sum holds its up's too.
    /// </summary>
    /// <param name="inputs">Columns of each tensor: the input features.</param>
    /// <param name="columnsPerPart">Rows that each tensor takes, a multiple of eight and at least as many as it has; the rest is zero.</param>
    /// <param name="gate">[output feature, input feature].</param>
    /// <param name="up">[output feature, input feature].</param>
    public PackedMatrix PackGateUp(int inputs, int columnsPerPart, WeightTensor gate, WeightTensor up)
    {
        if (form != KernelForm.MatrixUnit)
            return PackMatrix(inputs, columnsPerPart, gate, up);
        const int Tile = MatrixLayout.ColumnsPerTile;
        return Pack(Octet.CountFor(inputs), 2 * columnsPerPart, column => (column / Tile % 2, column / (2 * Tile) * Tile + column % Tile), gate, up);
    }

    /// <summary>Packs query, key and value projections, one below the other, into one.</summary>
    public PackedMatrix PackQueryKeyValue(WeightTensor query, WeightTensor key, WeightTensor value)
    {
        int octets = Octet.CountFor(query.ColumnCount);
        int columns = query.RowCount + key.RowCount + value.RowCount;
        (int, int) Locate(int column) =>
            column < query.RowCount ? (0, column)
            : column < query.RowCount + key.RowCount ? (1, column - query.RowCount)
            : (2, column - query.RowCount - key.RowCount);
        return Pack(octets, columns, Locate, query, key, value);
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

    public void Dispose()
    {
        foreach (MemoryBuffer1D<Packet, Stride1D.Dense> buffer in _buffers)
            buffer.Dispose();
    }

    private ArrayView<Packet> Allocate(long packets)
    {
        DeviceLimits.CheckAllocation(
            accelerator, packets * Packet.SizeInBytes, "A matrix of the model", "a smaller type (--dtype) or another device (--device)");
        MemoryBuffer1D<Packet, Stride1D.Dense> buffer = accelerator.Allocate1D<Packet>(packets);
        _buffers.Add(buffer);
        return buffer.View;
    }

    private PackedMatrix Pack(
        int octets, int columns, Func<int, (int Part, int Row)> locate, params ReadOnlySpan<WeightTensor> parts)
    {
        // The unit of packing is what lies in one piece: a tile, or the two of a block, with all its input features.
        bool isForMatrixUnit = form == KernelForm.MatrixUnit;
        int columnsPerUnit = isForMatrixUnit ? MatrixLayout.ColumnsPerBlock : PackedLayout.ColumnsPerTile;
        long octetCount = isForMatrixUnit ? MatrixLayout.OctetCount(columns, octets) : PackedLayout.OctetCount(columns, octets);
        int packetsPerOctet = HostPacking.PacketsPerOctet(type);
        ArrayView<Packet> view = Allocate(octetCount * packetsPerOctet);
        int units = (columns + columnsPerUnit - 1) / columnsPerUnit;
        int packetsPerUnit = (int)(view.Length / units);
        int unitsAtOnce = Math.Clamp(StagingPackets / packetsPerUnit, 1, units);
        if (_staging.Length < unitsAtOnce * packetsPerUnit)
            _staging = new Packet[unitsAtOnce * packetsPerUnit];

        var values = new float[octets * Octet.Length];
        for (int firstUnit = 0; firstUnit < units; firstUnit += unitsAtOnce)
        {
            int unitsNow = Math.Min(unitsAtOnce, units - firstUnit);
            int length = unitsNow * packetsPerUnit;
            _staging.AsSpan(0, length).Clear();
            for (int index = 0; index < unitsNow * columnsPerUnit; index++)
            {
                int column = firstUnit * columnsPerUnit + index;
                (int part, int row) = column < columns ? locate(column) : (0, int.MaxValue);
                if (row >= parts[part].RowCount)
                    continue;
                values.AsSpan().Clear();
                parts[part].ReadRow(row, values.AsSpan(0, parts[part].ColumnCount));
                for (int octet = 0; octet < octets; octet++)
                {
                    long place = isForMatrixUnit ? MatrixOrder.Place(index, octet, octets) : InterleavedOrder.Place(index, octet, octets);
                    HostPacking.Write(
                        values.AsSpan(octet * Octet.Length, Octet.Length),
                        type,
                        _staging.AsSpan((int)place * packetsPerOctet, packetsPerOctet));
                }
            }

            HostCopy.Upload<Packet>(view.SubView((long)firstUnit * packetsPerUnit, length), _staging.AsSpan(0, length));
        }

        return new PackedMatrix(view, columns, octets);
    }
}
