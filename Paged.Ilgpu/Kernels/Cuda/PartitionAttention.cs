using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Attention of a warp's 16 rows to one partition of positions: the one expression by which every form computes it, so that a row is the same
/// bits in each. All products of queries and keys are in registers before the first exponential, so that probabilities are relative to
/// the partition's own maximum, as in <see cref="AttentionKernel"/>.
/// </summary>
internal static class PartitionAttention
{
    /// <summary>What products of query and key are multiplied with to be exponents of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ExponentScale(AttentionShape shape) => shape.Scale * 1.44269504088896f;

    /// <summary>Computes a partition. All warps of the group call it together.</summary>
    /// <param name="ring">Where keys and values come from.</param>
    /// <param name="rows">What the lane's rows see.</param>
    /// <param name="scale">What products of query and key are multiplied with to be exponents of two.</param>
    /// <param name="start">The partition's first position.</param>
    /// <param name="states">Receives the softmax of the lane's rows.</param>
    /// <param name="exchange">See <see cref="IMatrixUnit"/>.</param>
    /// <param name="slots">Slots of the ring; a constant.</param>
    /// <param name="warps">Warps of the group; a constant.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TSums Compute<TUnit, TMemory, TSums, TParts>(
        ref KeyValueRing ring,
        RowContexts rows,
        float scale,
        int start,
        ref RowStates states,
        ArrayView<uint> exchange,
        int slots,
        int warps)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TSums : struct, IHeadSums<TSums>
        where TParts : struct, IHeadParts
    {
        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        ScoreTile tile0 = Scores<TUnit, TMemory, TSums, TParts>(ref ring, exchange, slots, warps);
        ScoreTile tile1 = Scores<TUnit, TMemory, TSums, TParts>(ref ring, exchange, slots, warps);
        ScoreTile tile2 = Scores<TUnit, TMemory, TSums, TParts>(ref ring, exchange, slots, warps);
        ScoreTile tile3 = Scores<TUnit, TMemory, TSums, TParts>(ref ring, exchange, slots, warps);

        int visible0 = rows.First - start;
        int visible1 = rows.Second - start;
        int first = lane & 3;
        tile0 = ScoreTile.Mask(tile0, first, visible0, visible1);
        tile1 = ScoreTile.Mask(tile1, first + ScoreTile.Positions, visible0, visible1);
        tile2 = ScoreTile.Mask(tile2, first + 2 * ScoreTile.Positions, visible0, visible1);
        tile3 = ScoreTile.Mask(tile3, first + 3 * ScoreTile.Positions, visible0, visible1);

        states = RowStates.None;
        states.Maximum0 = Reduce(IntrinsicMath.Max(
            IntrinsicMath.Max(ScoreTile.Maximum0(tile0, states.Maximum0), ScoreTile.Maximum0(tile1, states.Maximum0)),
            IntrinsicMath.Max(ScoreTile.Maximum0(tile2, states.Maximum0), ScoreTile.Maximum0(tile3, states.Maximum0))));
        states.Maximum1 = Reduce(IntrinsicMath.Max(
            IntrinsicMath.Max(ScoreTile.Maximum1(tile0, states.Maximum1), ScoreTile.Maximum1(tile1, states.Maximum1)),
            IntrinsicMath.Max(ScoreTile.Maximum1(tile2, states.Maximum1), ScoreTile.Maximum1(tile3, states.Maximum1))));

        ProbabilityTile probabilities0 = ScoreTile.Exponentiate<TUnit>(tile0, ref states, scale);
        ProbabilityTile probabilities1 = ScoreTile.Exponentiate<TUnit>(tile1, ref states, scale);
        ProbabilityTile probabilities2 = ScoreTile.Exponentiate<TUnit>(tile2, ref states, scale);
        ProbabilityTile probabilities3 = ScoreTile.Exponentiate<TUnit>(tile3, ref states, scale);

        // Of four lanes each has two of eight positions; added in pairs, every lane has the same bits.
        states.Sum0 += Warp.ShuffleXor(states.Sum0, 1);
        states.Sum0 += Warp.ShuffleXor(states.Sum0, 2);
        states.Sum1 += Warp.ShuffleXor(states.Sum1, 1);
        states.Sum1 += Warp.ShuffleXor(states.Sum1, 2);

        TSums sums = default;
        sums = Values<TUnit, TMemory, TSums, TParts>(ref ring, probabilities0, sums, exchange, slots, warps);
        sums = Values<TUnit, TMemory, TSums, TParts>(ref ring, probabilities1, sums, exchange, slots, warps);
        sums = Values<TUnit, TMemory, TSums, TParts>(ref ring, probabilities2, sums, exchange, slots, warps);
        return Values<TUnit, TMemory, TSums, TParts>(ref ring, probabilities3, sums, exchange, slots, warps);
    }

    /// <summary>Packets of shared memory that the queries take: the slots begin behind them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int FirstSlot<TSums, TParts>(int warps)
        where TSums : struct, IHeadSums<TSums>
        where TParts : struct, IHeadParts => TileRows.QueryPlace<TSums>(TParts.Count, 0, warps);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ScoreTile Scores<TUnit, TMemory, TSums, TParts>(
        ref KeyValueRing ring, ArrayView<uint> exchange, int slots, int warps)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TSums : struct, IHeadSums<TSums>
        where TParts : struct, IHeadParts
    {
        ScoreTile scores = ScoresOfPart<TUnit, TMemory, TSums, TParts>(ref ring, default, 0, exchange, slots, warps);
        if (TParts.Count > 1)
            scores = ScoresOfPart<TUnit, TMemory, TSums, TParts>(ref ring, scores, 1, exchange, slots, warps);
        return scores;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ScoreTile ScoresOfPart<TUnit, TMemory, TSums, TParts>(
        ref KeyValueRing ring, ScoreTile scores, int part, ArrayView<uint> exchange, int slots, int warps)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TSums : struct, IHeadSums<TSums>
        where TParts : struct, IHeadParts
    {
        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int row = ScoreTile.PlaceOf(lane >> 2);
        int queries = TileRows.QueryPlace<TSums>(part, (Group.IdxX >> 5) * TileRows.PerWarp + row, warps) + (lane & 3);
        int keys = KeyValueRing.Take<TMemory, TSums, TParts>(ref ring, FirstSlot<TSums, TParts>(warps), slots, warps);
        return ScoreTile.MultiplyAdd<TUnit, TMemory>(
            scores, ring.Staged, queries, keys + row * (TSums.Octets + 1) + (lane & 3), TSums.Octets, exchange);
    }

    // A lane brings the transposed load row l mod 8 of one of four matrices: eight positions and the eight behind them, of two octets.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TSums Values<TUnit, TMemory, TSums, TParts>(
        ref KeyValueRing ring, ProbabilityTile probabilities, TSums sums, ArrayView<uint> exchange, int slots, int warps)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TSums : struct, IHeadSums<TSums>
        where TParts : struct, IHeadParts
    {
        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int row = (lane & 8) + ScoreTile.PlaceOf(lane & 7);
        int values = KeyValueRing.Take<TMemory, TSums, TParts>(ref ring, FirstSlot<TSums, TParts>(warps), slots, warps);
        return ProbabilityTile.MultiplyAdd<TUnit, TMemory, TSums>(
            probabilities, sums, ring.Staged, values + row * (TSums.Octets + 1) + (lane >> 4), exchange);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Reduce(float maximum)
    {
        maximum = IntrinsicMath.Max(maximum, Warp.ShuffleXor(maximum, 1));
        return IntrinsicMath.Max(maximum, Warp.ShuffleXor(maximum, 2));
    }
}
