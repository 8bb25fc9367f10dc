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

    /// <summary>[tile, piece] how many groups were there before.</summary>
    public ArrayView<int> Tickets;

    /// <summary>Lays this group's piece down and, in the group that is last, adds all of them; all items of the group call it.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="sums">The item's sums of its piece; in the group that is last they become those of all pieces.</param>
    /// <returns>Whether this group is the last.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool TryCollect<TSums>(int tile, ref TSums sums)
        where TSums : struct, ISums<TSums>
    {
        if (!LayDown(tile, sums))
            return false;
        sums = default;
        for (int index = 0; index < Grid.DimZ; index++)
            sums = TSums.AddStored(sums, Pieces, Place<TSums>(tile, index), Group.DimX, uint.MaxValue);
        return true;
    }

    /// <summary>Lays this group's piece down; all items of the group call it. Pieces are the third dimension of the grid.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="sums">The item's sums of its piece.</param>
    /// <returns>Whether this group is the last, so that all pieces are there.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool LayDown<TSums>(int tile, TSums sums)
        where TSums : struct, ISums<TSums>
    {
        TSums.Store(sums, Pieces, Place<TSums>(tile, Grid.IdxZ), Group.DimX);

        // Seen by all groups before this one is counted.
        MemoryFence.DeviceLevel();
        Group.Barrier();
        int ticket = tile * Grid.DimZ + Grid.IdxZ;
        if (Group.IdxX == 0)
            Tickets[ticket] = Atomic.Add(ref Arrivals[tile], 1);
        Group.Barrier();
        if (Tickets[ticket] != Grid.DimZ - 1)
            return false;

        MemoryFence.DeviceLevel();
        if (Group.IdxX == 0)
            Arrivals[tile] = 0;
        return true;
    }

    /// <summary>Where a piece of the item's sums begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Place<TSums>(int tile, int piece)
        where TSums : struct, ISums<TSums> => ((long)tile * Grid.DimZ + piece) * TSums.Count * Group.DimX + Group.IdxX;
}
