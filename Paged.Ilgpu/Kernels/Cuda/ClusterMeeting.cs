using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// In the shared memory of a cluster: sm_90 runs the groups side by side, and each writes into the others' shared memory. Every group is sent
/// the pieces of a quarter of the rows, adds them and gives that quarter on, so that the sums never travel to device memory.
/// </summary>
public readonly struct ClusterMeeting : IPieceMeeting
{
    /// <summary>Groups of a cluster: one for each piece.</summary>
    public const int Groups = 4;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish<TGroup, TBlocks, TFinish>(PieceExchange pieces, ArrayView<float> sums, StagedPackets staged, LinearTarget target)
        where TGroup : struct, IWarpgroup
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish
    {
        int quarter = TBlocks.BlockCount / Groups;
        int bytesToNextBlock = Group.DimX * Packet.SizeInBytes;

        // Once all have ended their products, what was staged anywhere is needed no more. In its place: [piece, block of the quarter, item].
        PtxCluster.ArriveRelaxed();
        PtxCluster.Await();
        Sending<TGroup> sending;
        sending.Sums = sums;
        sending.Target = staged.Address + (uint)(Grid.IdxX * quarter * bytesToNextBlock + Group.IdxX * Packet.SizeInBytes);
        sending.Quarter = quarter;
        TBlocks.ForEach(sending, 0);
        PtxCluster.Arrive();
        PtxCluster.Await();

        for (int block = 0; block < quarter; block++)
        {
            uint source = staged.Address + (uint)(block * bytesToNextBlock + Group.IdxX * Packet.SizeInBytes);
            MatrixSums total = MatrixProduct.Add(default, PtxCluster.Load(source));
            total = MatrixProduct.Add(total, PtxCluster.Load(source + (uint)(1 * quarter * bytesToNextBlock)));
            total = MatrixProduct.Add(total, PtxCluster.Load(source + (uint)(2 * quarter * bytesToNextBlock)));
            total = MatrixProduct.Add(total, PtxCluster.Load(source + (uint)(3 * quarter * bytesToNextBlock)));
            LinearTarget.Finish<TFinish>(target, total, 8 * (Grid.IdxX * quarter + block));
        }
    }

    // Each block of rows goes to the group that finishes its quarter.
    private struct Sending<TGroup> : IRowBlockAction<Sending<TGroup>>
        where TGroup : struct, IWarpgroup
    {
        public ArrayView<float> Sums;
        public uint Target;
        public int Quarter;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Take(Sending<TGroup> sending, int block)
        {
            MatrixSums sums = TGroup.Read(sending.Sums, block);
            uint target = sending.Target + (uint)(block % sending.Quarter * Group.DimX * Packet.SizeInBytes);
            PtxCluster.Store(target, block / sending.Quarter, sums.E0, sums.E1, sums.E2, sums.E3);
        }
    }
}
