using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Util;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Where the two groups of a <see cref="SplitTile{TBlocks}"/> meet. Each warpgroup has a piece of the tile's sums, and adds the four pieces of a quarter of the rows, in their order: the other group's are
/// sent as one run for each piece, which the hardware counts where it arrives.
/// </summary>
internal static class SplitMeeting
{
    /// <summary>Pieces of a tile.</summary>
    public const int Pieces = 4;

    /// <summary>Pieces of a group.</summary>
    public const int PiecesPerGroup = 2;

    private const int Items = WarpgroupSteps.GroupSize / PiecesPerGroup; // of a piece
    private const int BytesPerBlock = Items * Packet.SizeInBytes;

    /// <summary>In the shared memory of a cluster.</summary>
    /// <param name="staged">Shared memory, whose steps are needed no more once all items of the cluster are here.</param>
    /// <param name="barrier">The barrier that counts what arrives; used once.</param>
    /// <param name="sums">What <see cref="IWarpgroup.AllocateSums"/> gave; none under way.</param>
    /// <param name="share">The group's pieces.</param>
    /// <param name="target">Where complete sums go.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void InCluster<TGroup, TBlocks, TFinish>(StagedPackets staged, uint barrier, ArrayView<float> sums, TileShare share, LinearTarget target)
        where TGroup : struct, IWarpgroup
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish
    {
        int quarter = TBlocks.BlockCount / Pieces;
        int runBytes = PiecesPerGroup * quarter * BytesPerBlock; // of a piece, what one group adds
        int own = share.Piece / PiecesPerGroup;
        int piece = share.Piece + Group.IdxX / Items;
        int item = Group.IdxX & (Items - 1);
        if (Group.IdxX == 0)
            PtxBulkCopy.ArriveExpecting(barrier, PiecesPerGroup * runBytes);

        // Once all have ended their products, what was staged is needed no more. In its place: [piece, block, item] of the rows that the group adds, and then what it sends, [own piece, block, item].
        PtxCluster.ArriveRelaxed();
        PtxCluster.Await();
        uint received = staged.Address + (uint)(piece * runBytes);
        uint sent = staged.Address + (uint)((Pieces + Group.IdxX / Items) * runBytes);
        Laying<TGroup> laying;
        laying.Sums = sums;
        laying.Received = received + (uint)(item * Packet.SizeInBytes);
        laying.Sent = sent + (uint)(item * Packet.SizeInBytes);
        laying.BlocksPerGroup = PiecesPerGroup * quarter;
        laying.Own = own;
        TBlocks.ForEach(laying, 0);
        TGroup.ShareStaged();
        PtxBulkCopy.Barrier(WarpgroupSteps.GroupSize);
        if (item == 0)
            PtxBulkCopy.StartSending(received, sent, runBytes, own ^ 1, barrier);
        PtxBulkCopy.Await(barrier, 0);

        for (int block = 0; block < quarter; block++)
        {
            uint source = staged.Address + (uint)(((piece & (PiecesPerGroup - 1)) * quarter + block) * BytesPerBlock + item * Packet.SizeInBytes);
            MatrixSums total = MatrixProduct.Add(default, PtxCluster.Load(source));
            total = MatrixProduct.Add(total, PtxCluster.Load(source + (uint)(1 * runBytes)));
            total = MatrixProduct.Add(total, PtxCluster.Load(source + (uint)(2 * runBytes)));
            total = MatrixProduct.Add(total, PtxCluster.Load(source + (uint)(3 * runBytes)));
            if (share.HasColumns)
                LinearTarget.Finish<TFinish>(target, total, 8 * (piece * quarter + block));
        }
    }

    /// <summary>In device memory, on devices without clusters: the group that ends last adds all pieces. The parameters are the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void InMemory<TGroup, TBlocks, TFinish>(PieceExchange pieces, ArrayView<float> sums, TileShare share, LinearTarget target)
        where TGroup : struct, IWarpgroup
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish
    {
        const int Groups = Pieces / PiecesPerGroup;
        int tile = share.Tile / Groups;
        if (!pieces.LayDown(tile, share.Piece / PiecesPerGroup, Groups, TBlocks.Read<TGroup>(sums, 0)) || Group.IdxX >= Items)
            return;
        TBlocks total = default;
        for (int piece = 0; piece < Pieces; piece++)
        {
            long place = PieceExchange.Place<TBlocks>(tile, piece / PiecesPerGroup, Groups) + piece % PiecesPerGroup * Items;
            total = TBlocks.AddStored(total, pieces.Pieces, place, Group.DimX, uint.MaxValue);
        }

        TBlocks.Finish<TFinish>(total, target, 0);
    }

    // Each block of rows is laid where it is added, or where it is sent from.
    private struct Laying<TGroup> : IRowBlockAction<Laying<TGroup>>
        where TGroup : struct, IWarpgroup
    {
        public ArrayView<float> Sums;
        public uint Received;
        public uint Sent;
        public int BlocksPerGroup;
        public int Own;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Take(Laying<TGroup> laying, int block)
        {
            MatrixSums sums = TGroup.Read(laying.Sums, block);
            uint first = Utilities.Select(block / laying.BlocksPerGroup == laying.Own, laying.Received, laying.Sent);
            PtxCluster.Store(first + (uint)(block % laying.BlocksPerGroup * BytesPerBlock), sums.E0, sums.E1, sums.E2, sums.E3);
        }
    }
}
