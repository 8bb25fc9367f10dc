using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Util;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// A lane's products of 16 queries and 32 keys. Of eight positions the matrix unit's columns are those at <see cref="PlaceOf"/>, so that
/// the lane has, of block b, the positions 8 b + l mod 4 and four further.
/// </summary>
internal struct ScoreTile
{
    public const int Positions = 32;

    private MatrixSums _block0;
    private MatrixSums _block1;
    private MatrixSums _block2;
    private MatrixSums _block3;

    /// <summary>
    /// Which of eight rows in shared memory is the matrix unit's row or column: neighbours are four rows apart, so that the eight packets that
    /// are read at a time lie in different banks, rows being an odd number of packets long.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int PlaceOf(int index) => (index & 1) << 2 | index >> 1;

    /// <summary>Adds the products of a part of the head.</summary>
    /// <param name="tile">The products.</param>
    /// <param name="staged">Queries and keys.</param>
    /// <param name="queries">This lane's first packet of its first row.</param>
    /// <param name="keys">This lane's first packet of its first key.</param>
    /// <param name="octets">Octets of the part, 8, 12 or 16; a constant.</param>
    /// <param name="exchange">See <see cref="IMatrixUnit"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScoreTile MultiplyAdd<TUnit, TMemory>(
        ScoreTile tile, StagedPackets staged, int queries, int keys, int octets, ArrayView<uint> exchange)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
    {
        int eightRows = 8 * (octets + 1);
        tile = Step<TUnit, TMemory>(tile, staged, queries, keys, eightRows, exchange);
        tile = Step<TUnit, TMemory>(tile, staged, queries + 4, keys + 4, eightRows, exchange);
        if (octets > 8)
            tile = Step<TUnit, TMemory>(tile, staged, queries + 8, keys + 8, eightRows, exchange);
        if (octets > 12)
            tile = Step<TUnit, TMemory>(tile, staged, queries + 12, keys + 12, eightRows, exchange);
        return tile;
    }

    /// <summary>Takes the positions away that a row does not see.</summary>
    /// <param name="tile">The products.</param>
    /// <param name="first">This lane's first position within the partition.</param>
    /// <param name="visible0">Positions of the partition that the first row sees.</param>
    /// <param name="visible1">The same of the second row.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScoreTile Mask(ScoreTile tile, int first, int visible0, int visible1)
    {
        tile._block0 = Mask(tile._block0, first, visible0, visible1);
        tile._block1 = Mask(tile._block1, first + 8, visible0, visible1);
        tile._block2 = Mask(tile._block2, first + 16, visible0, visible1);
        tile._block3 = Mask(tile._block3, first + 24, visible0, visible1);
        return tile;
    }

    /// <summary>The larger of a value and all products of the first row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Maximum0(ScoreTile tile, float maximum) => IntrinsicMath.Max(
        Max(Max(maximum, tile._block0.E0, tile._block0.E1), tile._block1.E0, tile._block1.E1),
        Max(Max(maximum, tile._block2.E0, tile._block2.E1), tile._block3.E0, tile._block3.E1));

    /// <summary>The larger of a value and all products of the second row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Maximum1(ScoreTile tile, float maximum) => IntrinsicMath.Max(
        Max(Max(maximum, tile._block0.E2, tile._block0.E3), tile._block1.E2, tile._block1.E3),
        Max(Max(maximum, tile._block2.E2, tile._block2.E3), tile._block3.E2, tile._block3.E3));

    /// <summary>The probabilities relative to the rows' maxima: added to the rows' sums as they are, kept as rounded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ProbabilityTile Exponentiate<TUnit>(ScoreTile tile, ref RowStates rows, float scale)
        where TUnit : struct, IMatrixUnit
    {
        ProbabilityTile result;
        MatrixSums block = Exponentiate<TUnit>(tile._block0, ref rows, scale);
        result.Upper0 = TUnit.Pack(block.E0, block.E1);
        result.Lower0 = TUnit.Pack(block.E2, block.E3);
        block = Exponentiate<TUnit>(tile._block1, ref rows, scale);
        result.Upper1 = TUnit.Pack(block.E0, block.E1);
        result.Lower1 = TUnit.Pack(block.E2, block.E3);
        block = Exponentiate<TUnit>(tile._block2, ref rows, scale);
        result.Upper2 = TUnit.Pack(block.E0, block.E1);
        result.Lower2 = TUnit.Pack(block.E2, block.E3);
        block = Exponentiate<TUnit>(tile._block3, ref rows, scale);
        result.Upper3 = TUnit.Pack(block.E0, block.E1);
        result.Lower3 = TUnit.Pack(block.E2, block.E3);
        return result;
    }

    // 32 elements of the head. The matrix unit wants pairs of elements eight apart, and a lane's packet has eight neighbours; but a lane's packets
    // of a query and of a key hold the same eight, so that both sides are permuted alike and no product is lost.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ScoreTile Step<TUnit, TMemory>(
        ScoreTile tile, StagedPackets staged, int queries, int keys, int eightRows, ArrayView<uint> exchange)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
    {
        Packet upper = TMemory.LoadStaged(staged, queries);
        Packet lower = TMemory.LoadStaged(staged, queries + eightRows);
        tile._block0 = Product<TUnit>(tile._block0, upper, lower, TMemory.LoadStaged(staged, keys), exchange);
        tile._block1 = Product<TUnit>(tile._block1, upper, lower, TMemory.LoadStaged(staged, keys + eightRows), exchange);
        tile._block2 = Product<TUnit>(tile._block2, upper, lower, TMemory.LoadStaged(staged, keys + 2 * eightRows), exchange);
        tile._block3 = Product<TUnit>(tile._block3, upper, lower, TMemory.LoadStaged(staged, keys + 3 * eightRows), exchange);
        return tile;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static MatrixSums Product<TUnit>(MatrixSums sums, Packet upper, Packet lower, Packet key, ArrayView<uint> exchange)
        where TUnit : struct, IMatrixUnit
    {
        sums = TUnit.MultiplyAdd(sums, upper.Word0, lower.Word0, upper.Word1, lower.Word1, key.Word0, key.Word1, exchange);
        return TUnit.MultiplyAdd(sums, upper.Word2, lower.Word2, upper.Word3, lower.Word3, key.Word2, key.Word3, exchange);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static MatrixSums Mask(MatrixSums block, int first, int visible0, int visible1)
    {
        block.E0 = Utilities.Select(first < visible0, block.E0, float.NegativeInfinity);
        block.E1 = Utilities.Select(first + 4 < visible0, block.E1, float.NegativeInfinity);
        block.E2 = Utilities.Select(first < visible1, block.E2, float.NegativeInfinity);
        block.E3 = Utilities.Select(first + 4 < visible1, block.E3, float.NegativeInfinity);
        return block;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Max(float first, float second, float third) => IntrinsicMath.Max(first, IntrinsicMath.Max(second, third));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static MatrixSums Exponentiate<TUnit>(MatrixSums block, ref RowStates rows, float scale)
        where TUnit : struct, IMatrixUnit
    {
        block.E0 = TUnit.Exp2((block.E0 - rows.Maximum0) * scale);
        block.E1 = TUnit.Exp2((block.E1 - rows.Maximum0) * scale);
        block.E2 = TUnit.Exp2((block.E2 - rows.Maximum1) * scale);
        block.E3 = TUnit.Exp2((block.E3 - rows.Maximum1) * scale);
        rows.Sum0 += block.E0;
        rows.Sum0 += block.E1;
        rows.Sum1 += block.E2;
        rows.Sum1 += block.E3;
        return block;
    }
}

/// <summary>A lane's probabilities of 32 positions, two to a word: of block b the upper row's and the lower row's.</summary>
internal struct ProbabilityTile
{
    public uint Upper0;
    public uint Lower0;
    public uint Upper1;
    public uint Lower1;
    public uint Upper2;
    public uint Lower2;
    public uint Upper3;
    public uint Lower3;

    /// <summary>Adds probability times value of the 32 positions to a head's sums.</summary>
    /// <param name="tile">The probabilities.</param>
    /// <param name="sums">The sums.</param>
    /// <param name="staged">The values.</param>
    /// <param name="values">This lane's first packet, see <see cref="IHeadSums{TSelf}"/>.</param>
    /// <param name="exchange">See <see cref="IMatrixUnit"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TSums MultiplyAdd<TUnit, TMemory, TSums>(
        ProbabilityTile tile, TSums sums, StagedPackets staged, int values, ArrayView<uint> exchange)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TSums : struct, IHeadSums<TSums>
    {
        int sixteenRows = 16 * (TSums.Octets + 1);
        sums = TSums.MultiplyAdd<TUnit, TMemory>(sums, tile.Upper0, tile.Lower0, tile.Upper1, tile.Lower1, staged, values, exchange);
        return TSums.MultiplyAdd<TUnit, TMemory>(sums, tile.Upper2, tile.Lower2, tile.Upper3, tile.Lower3, staged, values + sixteenRows, exchange);
    }
}
