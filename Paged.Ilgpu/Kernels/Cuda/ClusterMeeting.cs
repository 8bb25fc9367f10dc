using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Util;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// In the shared memory of a cluster: sm_90 runs the groups side by side, and each sends the others what they finish. Every group is sent the pieces of a quarter of the rows, adds them
/// and gives that quarter on, so that the sums never travel to device memory.
/// <para>
/// The hardware sends a quarter as one run and counts its bytes where it arrives: were each item to write its sums there, they would be made known by a fence of the whole device.
/// </para>
/// </summary>
public readonly struct ClusterMeeting : IPieceMeeting
{
    /// <summary>Groups of a cluster: one for each piece.</summary>
    public const int Groups = 4;

    private const int BarrierBytes = 8;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish<TGroup, TBlocks, TFinish>(PieceExchange pieces, ArrayView<float> sums, StagedPackets staged, LinearTarget target)
        where TGroup : struct, IWarpgroup
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish
    {
        int quarter = TBlocks.BlockCount / Groups;
        int bytesToNextBlock = Group.DimX * Packet.SizeInBytes;
        int bytes = quarter * bytesToNextBlock; // of a quarter
        uint barrier = PtxBulkCopy.AllocateBarriers(BarrierBytes);
        if (Group.IdxX == 0)
        {
            PtxBulkCopy.MakeBarrier(barrier, 1);
            PtxBulkCopy.ShareBarriers();
            PtxBulkCopy.ArriveExpecting(barrier, (Groups - 1) * bytes);
        }

        // Once all have ended their products, what was staged anywhere is needed no more. In its place: [piece, block of the quarter, item], and then what is sent, [quarter, block, item].
        PtxCluster.ArriveRelaxed();
        PtxCluster.Await();
        Laying<TGroup> laying;
        laying.Sums = sums;
        laying.Received = staged.Address + (uint)(Grid.IdxX * bytes + Group.IdxX * Packet.SizeInBytes);
        laying.Sent = staged.Address + (uint)(Groups * bytes + Group.IdxX * Packet.SizeInBytes);
        laying.Quarter = quarter;
        TBlocks.ForEach(laying, 0);
        TGroup.ShareStaged();
        Group.Barrier();
        int other = Group.IdxX >> 5;
        if ((Group.IdxX & (MatrixLayout.Lanes - 1)) == 0 & other < Groups & other != Grid.IdxX)
            PtxBulkCopy.StartSending(staged.Address + (uint)(Grid.IdxX * bytes), staged.Address + (uint)((Groups + other) * bytes), bytes, other, barrier);
        PtxBulkCopy.Await(barrier, 0);
        PtxCluster.ArriveRelaxed();

        for (int block = 0; block < quarter; block++)
        {
            uint source = staged.Address + (uint)(block * bytesToNextBlock + Group.IdxX * Packet.SizeInBytes);
            MatrixSums total = MatrixProduct.Add(default, PtxCluster.Load(source));
            total = MatrixProduct.Add(total, PtxCluster.Load(source + (uint)(1 * bytes)));
            total = MatrixProduct.Add(total, PtxCluster.Load(source + (uint)(2 * bytes)));
            total = MatrixProduct.Add(total, PtxCluster.Load(source + (uint)(3 * bytes)));
            LinearTarget.Finish<TFinish>(target, total, 8 * (Grid.IdxX * quarter + block));
        }

        // No group ends before all have got what it sends.
        PtxCluster.Await();
    }

    // Each block of rows is laid where it is sent from, or, of the own quarter, where it is added.
    private struct Laying<TGroup> : IRowBlockAction<Laying<TGroup>>
        where TGroup : struct, IWarpgroup
    {
        public ArrayView<float> Sums;
        public uint Received;
        public uint Sent;
        public int Quarter;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Take(Laying<TGroup> laying, int block)
        {
            MatrixSums sums = TGroup.Read(laying.Sums, block);
            int bytesToNextBlock = Group.DimX * Packet.SizeInBytes;
            uint sent = laying.Sent + (uint)(block * bytesToNextBlock);
            uint received = laying.Received + (uint)(block % laying.Quarter * bytesToNextBlock);
            PtxCluster.Store(Utilities.Select(block / laying.Quarter == Grid.IdxX, received, sent), sums.E0, sums.E1, sums.E2, sums.E3);
        }
    }
}
