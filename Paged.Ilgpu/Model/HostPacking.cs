using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Paged.Ilgpu.Kernels;

namespace Paged.Ilgpu.Model;

/// <summary>Puts elements into host memory in the form in which kernels read them from the device.</summary>
internal static class HostPacking
{
    /// <summary>Packets that an octet of such elements takes.</summary>
    public static int PacketsPerOctet(ElementType type) => type == ElementType.Float32 ? Float32.PacketsPerOctet : BFloat16.PacketsPerOctet;

    /// <summary>Interleaves the octets of a tile's rows, see <see cref="PackedLayout"/>.</summary>
    /// <param name="rows">[columnInTile, octet, packet].</param>
    /// <param name="tile">[octet, columnInTile, packet]; as long as the rows.</param>
    /// <param name="packetsPerOctet">1 or 2.</param>
    public static void Interleave(ReadOnlySpan<Packet> rows, Span<Packet> tile, int packetsPerOctet)
    {
        if (packetsPerOctet == 1)
            Interleave(MemoryMarshal.Cast<Packet, Vector128<uint>>(rows), MemoryMarshal.Cast<Packet, Vector128<uint>>(tile));
        else
            Interleave(MemoryMarshal.Cast<Packet, Vector256<uint>>(rows), MemoryMarshal.Cast<Packet, Vector256<uint>>(tile));
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
