using System.Runtime.CompilerServices;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Where a weight matrix's octets lie for the matrix unit: eight columns (output features) form a tile, and a tile is cut into steps of 32
/// input features; a step's 32 packets lie as the 32 lanes of a warp take them, [columnTile, step, columnInTile, pair of an octet], so that a
/// warp reads 512 contiguous bytes. Padded with zeros to an even number of tiles and to whole steps.
/// <para>
/// The matrix unit multiplies 16 input features in their own order, and a lane has the same pair of each of their two octets. So lane l has, of
/// column l / 4, the pair l mod 4 of the step's four octets: it takes two of them for the first 16 features, and two for the rest.
/// </para>
/// <para>
/// It takes those of two tiles, in turn, from registers that follow each other; so they lie: in place of the even tile's packet the first two
/// octets' pairs of both, [octet, tile], and in place of the odd one's the other two octets'.
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

    /// <summary>Words from a pair of an octet's elements to the next: a packet.</summary>
    public const int WordsToNextPair = Packet.SizeInBytes / sizeof(uint);

    /// <summary>Steps that so many octets take.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int StepsFor(int octets) => (octets + OctetsPerStep - 1) / OctetsPerStep;

    /// <summary>Octets of a whole matrix, padding included.</summary>
    /// <param name="columns">Output features.</param>
    /// <param name="octets">Octets of the input features.</param>
    public static long OctetCount(int columns, int octets) =>
        (long)((columns + ColumnsPerBlock - 1) / ColumnsPerBlock) * ColumnsPerBlock * StepsFor(octets) * OctetsPerStep;

    /// <summary>
    /// Where an octet's first pair of elements of 16 bits lies, in words; the other three lie a packet, four words, further each: see
    /// <see cref="WordsToNextPair"/>.
    /// </summary>
    /// <param name="column">Output feature.</param>
    /// <param name="octet">Octet of its input features.</param>
    /// <param name="octets">Octets of the input features.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long FirstWord(int column, int octet, int octets)
    {
        int half = octet / 2 % 2; // of the step
        long packet = FirstPacket(column / ColumnsPerBlock * 2 + half, octet / OctetsPerStep, StepsFor(octets)) + FirstLane(column);
        return WordsToNextPair * packet + octet % 2 * 2 + TileOfBlock(column);
    }

    /// <summary>
    /// The same of elements of eight bits: the word that holds the first pair of an octet of even number and that of the next octet. A lane has
    /// both tiles' pairs in one packet, [block, step, columnInTile, pair of an octet, tileOfBlock, half of the step].
    /// </summary>
    /// <param name="column">Output feature.</param>
    /// <param name="octet">The first of two octets of its input features.</param>
    /// <param name="octets">Octets of the input features.</param>
    public static long FirstWordOfBytes(int column, int octet, int octets)
    {
        long packet = FirstPacket(column / ColumnsPerBlock, octet / OctetsPerStep, StepsFor(octets)) + FirstLane(column);
        return WordsToNextPair * packet + TileOfBlock(column) * 2 + octet / 2 % 2;
    }

    /// <summary>The first of the 32 packets of a tile's step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long FirstPacket(int tile, int step, int steps) => ((long)tile * steps + step) * Lanes;

    // The lane that has the first pair of an octet.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int FirstLane(int column) => column % ColumnsPerTile * 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int TileOfBlock(int column) => column / ColumnsPerTile % 2;
}
