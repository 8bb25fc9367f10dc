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
    /// <param name="block">The block's words; what lies behind the last octet is left as it is.</param>
    /// <param name="octets">Octets of the input features.</param>
    public static void ArrangeForMatrixUnit(ReadOnlySpan<Packet> rows, Span<uint> block, int octets)
    {
        for (int column = 0; column < MatrixLayout.ColumnsPerBlock; column++)
        {
            for (int octet = 0; octet < octets; octet++)
            {
                Packet pairs = rows[column * octets + octet];
                Scatter(block, MatrixLayout.FirstWord(column, octet, octets), pairs.Word0, pairs.Word1, pairs.Word2, pairs.Word3);
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
                Scatter(block, MatrixLayout.FirstWordOfBytes(column, octet, octets), Pair(0), Pair(1), Pair(2), Pair(3));

                uint Pair(int index) => ByteWeights.Arrange((ushort)(even >> 16 * index) | (uint)(odd >> 16 * index) << 16);
            }
        }
    }

    private static void Scatter(Span<uint> block, long first, uint pair0, uint pair1, uint pair2, uint pair3)
    {
        Span<uint> words = block.Slice((int)first, 3 * MatrixLayout.WordsToNextPair + 1);
        words[0] = pair0;
        words[MatrixLayout.WordsToNextPair] = pair1;
        words[2 * MatrixLayout.WordsToNextPair] = pair2;
        words[3 * MatrixLayout.WordsToNextPair] = pair3;
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
