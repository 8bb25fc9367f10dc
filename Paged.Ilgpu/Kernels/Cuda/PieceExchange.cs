using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Where groups that compute the pieces of one tile meet: each lays its piece down and counts itself in, and the one that is last adds all
/// pieces in their order. Nobody waits, and which one is last changes no bit. Passed to kernels by value.
/// </summary>
public struct PieceExchange
{
    /// <summary>[tile, piece, sum, item], float32.</summary>
    public ArrayView<float> Pieces;

    /// <summary>[tile] groups that have counted themselves in; zero between launches.</summary>
    public ArrayView<int> Arrivals;

    /// <summary>Lays this group's piece down and, in the group that is last, adds all of them; all items of the group call it.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="piece">Which piece of it.</param>
    /// <param name="count">How many pieces there are, up to four.</param>
    /// <param name="sums">The item's sums of its piece; in the group that is last they become those of all pieces.</param>
    /// <returns>Whether this group is the last.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool TryCollect<TSums>(int tile, int piece, int count, ref TSums sums)
        where TSums : struct, ISums<TSums>
    {
        if (!LayDown(tile, piece, count, sums))
            return false;
        sums = default;
        sums = AddPiece(sums, tile, 0, count);
        sums = AddPiece(sums, tile, 1, count);
        sums = AddPiece(sums, tile, 2, count);
        sums = AddPiece(sums, tile, 3, count);
        return true;
    }

    /// <summary>Lays this group's piece down; all items of the group call it. Pieces are the third dimension of the grid.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="piece">Which piece of it.</param>
    /// <param name="count">How many pieces there are, up to four.</param>
    /// <param name="sums">The item's sums of its piece.</param>
    /// <returns>Whether this group is the last, so that all pieces are there.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool LayDown<TSums>(int tile, int piece, int count, TSums sums)
        where TSums : struct, ISums<TSums>
    {
        TSums.Store(sums, Pieces, Place<TSums>(tile, piece, count), Group.DimX);

        // Seen by all groups before this one is counted.
        MemoryFence.DeviceLevel();
        Group.Barrier();
        bool isLast = false;
        if (Group.IdxX == 0)
            isLast = Atomic.Add(ref Arrivals[tile], 1) == count - 1;
        if (!Group.BarrierOr(isLast))
            return false;

        MemoryFence.DeviceLevel();
        if (Group.IdxX == 0)
            Arrivals[tile] = 0;
        return true;
    }

    // Where there is no such piece, zero: written out, so that all pieces are asked for at once.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly TSums AddPiece<TSums>(TSums sums, int tile, int piece, int count)
        where TSums : struct, ISums<TSums> => TSums.AddStored(
            sums, Pieces, Place<TSums>(tile, IntrinsicMath.Min(piece, count - 1), count), Group.DimX, piece < count ? uint.MaxValue : 0);

    /// <summary>Where a piece of the item's sums begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Place<TSums>(int tile, int piece, int count)
        where TSums : struct, ISums<TSums> => ((long)tile * count + piece) * TSums.Count * Group.DimX + Group.IdxX;
}
