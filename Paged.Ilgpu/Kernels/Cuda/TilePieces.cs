using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Where the groups that compute the pieces of one tile of <see cref="WarpgroupLinearKernel"/> meet: each lays its piece down in device memory, and when all are there each adds the four
/// pieces of a quarter of the rows, in their order, and gives it on.
/// <para>
/// A group looks some times whether the others are there and then leaves; the one that came last takes the quarters that nobody has taken. So nobody waits for a group that may not
/// run before others have ended, and who takes what changes no bit.
/// </para>
/// </summary>
internal struct TilePieces<TGroup> : IRowBlockAction<TilePieces<TGroup>>
    where TGroup : struct, IWarpgroup
{
    /// <summary>Pieces of a tile.</summary>
    public const int Count = 4;

    private const int BlocksAtOnce = 4;
    private const int Looks = 64;

    // The count of a tile: groups that have come, in bits 0 to 3; quarters that were taken, a bit each, from bit 4 on; groups that have left, from bit 8 on.
    private const int Come = 1;
    private const int ComeMask = 15;
    private const int FirstTaken = 1 << 4;
    private const int Left = 1 << 8;

    private ArrayView<Packet> _packets; // [tile, piece, block, item], four sums
    private ArrayView<int> _counts; // [tile]
    private ArrayView<float> _sums;
    private int _tile;
    private int _piece;

    private static int Blocks => WideTile.Rows / 8; // its warpgroups have all rows

    private static int PacketsPerPiece => Blocks * WarpgroupSteps.GroupSize;

    private static int BlocksPerQuarter => Blocks / Count;

    /// <summary>Lays this group's piece down and gives its part of the tile's sums on; all items that multiply call it.</summary>
    /// <param name="pieces">Device memory.</param>
    /// <param name="sums">What <see cref="IWarpgroup.AllocateSums"/> gave; none under way.</param>
    /// <param name="share">The piece.</param>
    /// <param name="target">Where complete sums go.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Meet<TFeed, TBlocks, TFinish>(PieceExchange pieces, ArrayView<float> sums, TileShare share, LinearTarget target)
        where TFeed : struct, IStepFeed<TFeed>
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish
    {
        TilePieces<TGroup> here;
        here._packets = pieces.Pieces.Cast<Packet>();
        here._counts = pieces.Arrivals;
        here._sums = sums;
        here._tile = share.Tile;
        here._piece = share.Piece;
        TBlocks.ForEach(here, 0);

        // What all items laid down is seen by all groups before this one is counted, and what they laid down by all items past the next barrier: one item's fences do for all.
        TFeed.Barrier();
        bool isLast = false;
        bool hasQuarter = false;
        if (Group.IdxX == 0)
        {
            MemoryFence.DeviceLevel();
            int come = (Atomic.Add(ref here._counts[here._tile], Come) & ComeMask) + Come;
            isLast = come == Count;
            for (int look = 0; look < Looks & come < Count; look++)
                come = Atomic.Or(ref here._counts[here._tile], 0) & ComeMask;
            MemoryFence.DeviceLevel();
            if (come == Count)
                hasQuarter = TryTake(here, here._piece);
        }

        if (TFeed.BarrierOr(hasQuarter))
            Finish<TFinish>(here, here._piece, target);
        if (TFeed.BarrierOr(isLast))
        {
            for (int quarter = 0; quarter < Count; quarter++)
            {
                bool isTaken = false;
                if (Group.IdxX == 0)
                    isTaken = TryTake(here, quarter);
                if (TFeed.BarrierOr(isTaken))
                    Finish<TFinish>(here, quarter, target);
            }
        }

        // The last one that leaves, with whom nobody is left to look, makes the count ready for the next launch.
        if (Group.IdxX == 0 && Atomic.Add(ref here._counts[here._tile], Left) / Left == Count - 1)
            here._counts[here._tile] = 0;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Take(TilePieces<TGroup> piece, int block) =>
        piece._packets[FirstPacket(piece, piece._piece) + block * WarpgroupSteps.GroupSize] = MatrixProduct.ToPacket(TGroup.Read(piece._sums, block));

    private static bool TryTake(TilePieces<TGroup> here, int quarter)
    {
        int taken = FirstTaken << quarter;
        return (Atomic.Or(ref here._counts[here._tile], taken) & taken) == 0;
    }

    private static long FirstPacket(TilePieces<TGroup> here, int piece) => ((long)here._tile * Count + piece) * PacketsPerPiece + Group.IdxX;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TFinish>(TilePieces<TGroup> here, int quarter, LinearTarget target)
        where TFinish : struct, IFinish
    {
        for (int block = BlocksPerQuarter * quarter; block < BlocksPerQuarter * (quarter + 1); block += BlocksAtOnce)
        {
            // All four are asked for before the first one is given on.
            MatrixSums first = Total(here, block);
            MatrixSums second = Total(here, block + 1);
            MatrixSums third = Total(here, block + 2);
            MatrixSums fourth = Total(here, block + 3);
            LinearTarget.Finish<TFinish>(target, first, 8 * block);
            LinearTarget.Finish<TFinish>(target, second, 8 * (block + 1));
            LinearTarget.Finish<TFinish>(target, third, 8 * (block + 2));
            LinearTarget.Finish<TFinish>(target, fourth, 8 * (block + 3));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static MatrixSums Total(TilePieces<TGroup> here, int block)
    {
        long first = FirstPacket(here, 0) + block * WarpgroupSteps.GroupSize;
        MatrixSums total = MatrixProduct.Add(default, MatrixProduct.FromPacket(here._packets[first]));
        total = MatrixProduct.Add(total, MatrixProduct.FromPacket(here._packets[first + 1 * PacketsPerPiece]));
        total = MatrixProduct.Add(total, MatrixProduct.FromPacket(here._packets[first + 2 * PacketsPerPiece]));
        return MatrixProduct.Add(total, MatrixProduct.FromPacket(here._packets[first + 3 * PacketsPerPiece]));
    }
}
