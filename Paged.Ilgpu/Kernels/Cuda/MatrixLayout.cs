using System.Runtime.CompilerServices;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Where a weight matrix's octets lie for the matrix unit: eight columns (output features) form a tile, and a tile is cut into steps of 32
/// input features; a step's 32 packets lie as the 32 lanes of a warp take them, [columnTile, step, columnInTile, octetInStep], so that a
/// warp reads 512 contiguous bytes. Padded with zeros to an even number of tiles and to whole steps.
/// <para>
/// The matrix unit takes the same words of two tiles' packets, one after the other, from registers that follow each other; so they lie:
/// words 0 and 1 of both in place of the even tile's packet, words 2 and 3 in place of the odd one's, see <see cref="Pair"/>.
/// </para>
/// <para>
/// A lane's packet holds eight neighbouring input features of one column, and the matrix unit wants pairs of them eight apart; since the
/// lane's packet of the input holds the same eight features, the order within a step is permuted alike on both sides and no product is lost.
/// </para>
/// </summary>
public static class MatrixLayout
{
    /// <summary>Lanes of a warp.</summary>
    public const int Lanes = 32;

    /// <summary>Columns of one tile.</summary>
    public const int ColumnsPerTile = 8;

    /// <summary>Columns of the two tiles that the matrix unit takes at once.</summary>
    public const int ColumnsPerBlock = 2 * ColumnsPerTile;

    /// <summary>Octets of one step.</summary>
    public const int OctetsPerStep = 4;

    /// <summary>Steps that so many octets take.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int StepsFor(int octets) => (octets + OctetsPerStep - 1) / OctetsPerStep;

    /// <summary>Octets of a whole matrix, padding included.</summary>
    /// <param name="columns">Output features.</param>
    /// <param name="octets">Octets of the input features.</param>
    public static long OctetCount(int columns, int octets) =>
        (long)((columns + ColumnsPerBlock - 1) / ColumnsPerBlock) * ColumnsPerBlock * StepsFor(octets) * OctetsPerStep;

    /// <summary>The place of an octet.</summary>
    /// <param name="column">Output feature.</param>
    /// <param name="octet">Octet of its input features.</param>
    /// <param name="octets">Octets of the input features.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Place(int column, int octet, int octets) =>
        FirstPacket(column / ColumnsPerTile, octet / OctetsPerStep, StepsFor(octets))
        + column % ColumnsPerTile * OctetsPerStep
        + octet % OctetsPerStep;

    /// <summary>
    /// The place of an octet of eight bits, in halves of packets: an octet of a block's first tile and that of its second tile share a packet, which
    /// a lane takes at once, [block, step, columnInTile, octetInStep, tileOfBlock].
    /// </summary>
    /// <param name="column">Output feature.</param>
    /// <param name="octet">Octet of its input features.</param>
    /// <param name="octets">Octets of the input features.</param>
    public static long HalfPlace(int column, int octet, int octets) =>
        2 * (FirstPacket(column / ColumnsPerBlock, octet / OctetsPerStep, StepsFor(octets))
            + column % ColumnsPerTile * OctetsPerStep
            + octet % OctetsPerStep)
        + column / ColumnsPerTile % 2;

    /// <summary>Two tiles' packets of a lane, as they lie.</summary>
    /// <param name="low">The even tile's packet.</param>
    /// <param name="high">The odd tile's packet.</param>
    /// <returns>What lies in place of the even tile's packet, and of the odd one's.</returns>
    public static (Packet First, Packet Second) Pair(Packet low, Packet high) => (
        new(low.Word0, high.Word0, low.Word1, high.Word1),
        new(low.Word2, high.Word2, low.Word3, high.Word3));

    /// <summary>The packet of a tile, from the two that <see cref="Pair"/> gave.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Packet Part(Packet first, Packet second, bool isHigh) => isHigh
        ? new(first.Word1, first.Word3, second.Word1, second.Word3)
        : new(first.Word0, first.Word2, second.Word0, second.Word2);

    /// <summary>The first of the 32 packets of a tile's step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long FirstPacket(int tile, int step, int steps) => ((long)tile * steps + step) * Lanes;
}
