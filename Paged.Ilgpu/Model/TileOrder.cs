using System.Runtime.InteropServices;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Kernels.Cuda;

namespace Paged.Ilgpu.Model;

/// <summary>The tiles of one packed matrix: columns whose octets lie in one piece, see <see cref="PackedLayout"/> and <see cref="MatrixLayout"/>.</summary>
/// <param name="form">The form of the kernels.</param>
/// <param name="type">The type of the weights, in which the device stores the matrix unless it is quantized.</param>
/// <param name="quantization">Whether it is.</param>
/// <param name="columns">Output features.</param>
/// <param name="octets">Octets of the input features.</param>
internal sealed class TileOrder(KernelForm form, ElementType type, WeightQuantization quantization, int columns, int octets)
{
    // Small enough for a core's second-level cache with the rows beside it, large enough that a copy to a device is worth its start.
    private const int StagingBytes = 1 << 19;

    private readonly bool _isForMatrixUnit = form == KernelForm.MatrixUnit;

    /// <summary>The type of the weights.</summary>
    public ElementType Type => type;

    /// <summary>Whether elements are whole numbers of eight bits with a scale for each column.</summary>
    public bool IsQuantized => quantization == WeightQuantization.Int8;

    /// <summary>Octets of the input features.</summary>
    public int Octets => octets;

    /// <summary>Bytes of an octet.</summary>
    public int BytesPerOctet { get; } = quantization == WeightQuantization.Int8
        ? HostPacking.BytesPerQuantizedOctet
        : HostPacking.PacketsPerOctet(type) * Packet.SizeInBytes;

    /// <summary>Columns of a tile; the matrix unit's tiles come in twos.</summary>
    public int ColumnsPerTile => _isForMatrixUnit ? MatrixLayout.ColumnsPerBlock : PackedLayout.ColumnsPerTile;

    /// <summary>Tiles of the matrix, the last one padded.</summary>
    public int Count => (columns + ColumnsPerTile - 1) / ColumnsPerTile;

    /// <summary>Packets of a tile.</summary>
    public int PacketsPerTile => ColumnsPerTile
        * (_isForMatrixUnit ? MatrixLayout.StepsFor(octets) * MatrixLayout.OctetsPerStep : octets)
        * BytesPerOctet / Packet.SizeInBytes;

    /// <summary>Packets of the matrix.</summary>
    public long TotalPackets => (long)Count * PacketsPerTile;

    /// <summary>Tiles that are packed before they are copied.</summary>
    public int AtOnce => Math.Max(1, StagingBytes / (PacketsPerTile * Packet.SizeInBytes));

    /// <summary>Brings the rows of a tile's columns into the tile's order.</summary>
    /// <param name="rows">[columnInTile, octet, byte].</param>
    /// <param name="tile">The tile.</param>
    public void Arrange(ReadOnlySpan<byte> rows, Span<Packet> tile)
    {
        if (!_isForMatrixUnit)
        {
            HostPacking.Interleave(rows, MemoryMarshal.AsBytes(tile), BytesPerOctet);
            return;
        }

        tile.Clear(); // the last step's padding
        if (IsQuantized)
            HostPacking.ArrangeBytesForMatrixUnit(MemoryMarshal.Cast<byte, ulong>(rows), MemoryMarshal.Cast<Packet, uint>(tile), octets);
        else
            HostPacking.ArrangeForMatrixUnit(MemoryMarshal.Cast<byte, Packet>(rows), tile, octets);
    }
}
