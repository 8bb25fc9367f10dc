using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Kernels.Cuda;

namespace Paged.Ilgpu.Model;

/// <summary>Puts elements into host memory in the form in which kernels read them from the device.</summary>
internal static class HostPacking
{
    /// <summary>Bytes of an octet of quantized weights.</summary>
    public const int BytesPerQuantizedOctet = Octet.Length;

    /// <summary>Packets that an octet of such elements takes.</summary>
    public static int PacketsPerOctet(ElementType type) => type == ElementType.Float32 ? Float32.PacketsPerOctet : BFloat16.PacketsPerOctet;

    /// <summary>Interleaves the octets of a tile's rows, see <see cref="PackedLayout"/>.</summary>
    /// <param name="rows">[columnInTile, octet, byte].</param>
    /// <param name="tile">[octet, columnInTile, byte]; as long as the rows.</param>
    /// <param name="bytesPerOctet">8, 16 or 32.</param>
    public static void Interleave(ReadOnlySpan<byte> rows, Span<byte> tile, int bytesPerOctet)
    {
        if (bytesPerOctet == BytesPerQuantizedOctet)
            Interleave(MemoryMarshal.Cast<byte, ulong>(rows), MemoryMarshal.Cast<byte, ulong>(tile));
        else if (bytesPerOctet == Packet.SizeInBytes)
            Interleave(MemoryMarshal.Cast<byte, Vector128<uint>>(rows), MemoryMarshal.Cast<byte, Vector128<uint>>(tile));
        else
            Interleave(MemoryMarshal.Cast<byte, Vector256<uint>>(rows), MemoryMarshal.Cast<byte, Vector256<uint>>(tile));
    }

    /// <summary>Brings the rows of a block's columns into the order of <see cref="MatrixLayout"/>.</summary>
    /// <param name="rows">[columnInBlock, octet].</param>
    /// <param name="block">The block; what lies behind the last octet is left as it is, or zero.</param>
    /// <param name="octets">Octets of the input features.</param>
    public static void ArrangeForMatrixUnit(ReadOnlySpan<Packet> rows, Span<Packet> block, int octets)
    {
        for (int column = 0; column < MatrixLayout.ColumnsPerTile; column++)
        {
            ReadOnlySpan<Packet> low = rows.Slice(column * octets, octets);
            ReadOnlySpan<Packet> high = rows.Slice((column + MatrixLayout.ColumnsPerTile) * octets, octets);
            for (int octet = 0; octet < octets; octet += 2)
            {
                // Two octets of a column of either tile are four whole packets, whose pairs go to a packet each.
                Packet low0 = low[octet], high0 = high[octet], low1 = default, high1 = default;
                if (octet + 1 < octets)
                    (low1, high1) = (low[octet + 1], high[octet + 1]);
                int first = (int)(MatrixLayout.FirstWord(column, octet, octets) / MatrixLayout.WordsToNextPair);
                Span<Packet> pairs = block.Slice(first, 4);
                pairs[0] = new(low0.Word0, high0.Word0, low1.Word0, high1.Word0);
                pairs[1] = new(low0.Word1, high0.Word1, low1.Word1, high1.Word1);
                pairs[2] = new(low0.Word2, high0.Word2, low1.Word2, high1.Word2);
                pairs[3] = new(low0.Word3, high0.Word3, low1.Word3, high1.Word3);
            }
        }
    }

    /// <summary>The same of bytes, each word in the order of <see cref="ByteWeights"/>.</summary>
    /// <param name="rows">[columnInBlock, octet].</param>
    /// <param name="block">The block's words; what lies behind the last octet is left as it is, or zero.</param>
    /// <param name="octets">Octets of the input features.</param>
    public static void ArrangeBytesForMatrixUnit(ReadOnlySpan<ulong> rows, Span<uint> block, int octets)
    {
        for (int column = 0; column < MatrixLayout.ColumnsPerBlock; column++)
        {
            for (int octet = 0; octet < octets; octet += 2)
            {
                ulong even = rows[column * octets + octet];
                ulong odd = octet + 1 < octets ? rows[column * octets + octet + 1] : 0;
                int first = (int)MatrixLayout.FirstWordOfBytes(column, octet, octets);
                for (int pair = 0; pair < Octet.Length / 2; pair++)
                {
                    block[first + pair * MatrixLayout.WordsToNextPair] =
                        ByteWeights.Arrange((ushort)(even >> 16 * pair) | (uint)(odd >> 16 * pair) << 16);
                }
            }
        }
    }

    // One element is one octet. Bounds are checked once, not eight times an octet.
    private static void Interleave<T>(ReadOnlySpan<T> rows, Span<T> tile)
        where T : struct
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(tile.Length, rows.Length);
        int octets = rows.Length / PackedLayout.ColumnsPerTile;
        ref T source = ref MemoryMarshal.GetReference(rows);
        ref T target = ref MemoryMarshal.GetReference(tile);
        for (int octet = 0; octet < octets; octet++)
        {
            for (int column = 0; column < PackedLayout.ColumnsPerTile; column++)
                Unsafe.Add(ref target, octet * PackedLayout.ColumnsPerTile + column) = Unsafe.Add(ref source, column * octets + octet);
        }
    }
}
