using System.Runtime.CompilerServices;

namespace Paged.Ilgpu.Kernels;

/// <summary>
/// Where a weight matrix's octets lie on the device. Matrices are re-packed once, at load: eight columns (output features) form a tile,
/// and a tile's octets are interleaved, [columnTile, octet, columnInTile], so that neighbouring work items, which compute
/// neighbouring columns, read neighbouring packets.
/// </summary>
public static class PackedLayout
{
    /// <summary>Columns of one tile.</summary>
    public const int ColumnsPerTile = 8;

    // A sum this long gains nothing from being split.
    private const int ShortestSplitOctets = 128;
    private const int PiecesOfALongSum = 4;

    // Pieces begin at multiples of 32 elements, the step of a matrix instruction's tile.
    private const int PieceGranularityOctets = 4;

    /// <summary>Octets of a whole matrix, padding columns included.</summary>
    /// <param name="columns">Output features.</param>
    /// <param name="octets">Octets of the input features.</param>
    public static long OctetCount(int columns, int octets) =>
        (long)((columns + ColumnsPerTile - 1) / ColumnsPerTile) * ColumnsPerTile * octets;

    /// <summary>The place of a column's first octet; the next ones follow <see cref="ColumnsPerTile"/> apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long FirstOctet(int column, int octets) =>
        (long)(column / ColumnsPerTile) * octets * ColumnsPerTile + column % ColumnsPerTile;

    /// <summary>
    /// The octets of one piece of a sum over input features. Pieces are summed apart and added in order, whatever the number of
    /// rows and whichever work item takes them: this fixes the order of every sum by the shape alone.
    /// </summary>
    /// <param name="octets">Octets of the input features.</param>
    public static int OctetsPerPiece(int octets)
    {
        if (octets < ShortestSplitOctets)
            return octets;
        int perPiece = (octets + PiecesOfALongSum - 1) / PiecesOfALongSum;
        return (perPiece + PieceGranularityOctets - 1) / PieceGranularityOctets * PieceGranularityOctets;
    }
}
