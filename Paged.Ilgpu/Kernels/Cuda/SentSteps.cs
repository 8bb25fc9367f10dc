using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Util;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Steps that one item of a group orders and the hardware of sm_90 brings, to all groups of a cluster that multiply them, so that the second-level cache is asked once for what
/// several multiprocessors get. A slot of the ring has the weights of its steps, [step, block, packet, lane], and then their inputs, [layer, row, step, octet], see <see cref="StagedInputs"/>.
/// <para>
/// A slot has two barriers in shared memory: one is passed when its bytes have arrived, one when all warps that read it have done so. Nobody else waits for anybody, and the
/// two warpgroups may be several slots apart; of split sums each has every other slot. The sender is a warpgroup of its own, which leaves its registers to the others (CUTLASS, "Efficient GEMM", "Warp Specialization").
/// </para>
/// </summary>
/// <typeparam name="TForm">The tile.</typeparam>
public partial struct SentSteps<TForm> : IStepFeed<SentSteps<TForm>>
    where TForm : struct, ITileForm
{
    // For an item of either kind; all together no more than the group is launched with, 168 for each, or an item waits for ever for those that nobody gives back.
    private const int SenderRegisters = 40;
    private const int Registers = 232;

    private StagedPackets _staged;
    private StepMaps _maps;
    private uint _barriers; // of slots that are full, and then of free ones
    private int _rows;
    private int _slot;
    private int _parity; // of the phase that is waited for; of split sums the rounds that a warpgroup has begun
    private int _sent; // slots
    private uint _meeting; // barrier that counts what the other group of split sums sends
    private StagedPackets _weights; // from this lane's first ones on
    private StagedPackets _inputs; // from its warpgroup's first ones on

    /// <inheritdoc/>
    public static int GroupSize => WarpgroupSteps.GroupSize + 4 * MatrixLayout.Lanes;

    /// <inheritdoc/>
    public static bool IsSender => Group.IdxX == WarpgroupSteps.GroupSize;

    /// <inheritdoc/>
    public static bool Multiplies => Group.IdxX < WarpgroupSteps.GroupSize;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SentSteps<TForm> Make<TUnit, TMemory, TWeights>(LinearInput input, PacketSource weight, StepMaps maps, int tiles, int bytes, int besides)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
    {
        SentSteps<TForm> feed = default;
        feed._staged = TMemory.AllocateLarge(Packets<TWeights>(bytes), besides);
        feed._barriers = PtxBulkCopy.AllocateBarriers(Barriers<TWeights>(bytes) * BarrierBytes);
        feed._meeting = feed._barriers + (uint)((Barriers<TWeights>(bytes) - 1) * BarrierBytes);
        feed._maps = maps;
        feed._rows = input.Rows;
        feed._parity = Utilities.Select(Multiplies, 0, 1); // all slots are free
        if (Group.IdxX == 0)
        {
            for (int slot = 0; slot < Slots<TWeights>(bytes); slot++)
            {
                PtxBulkCopy.MakeBarrier(Full(feed, slot, 0), 1);
                if (TForm.SumGroups > 1)
                    PtxBulkCopy.MakeBarrier(Full(feed, slot, 1), 1);
                PtxBulkCopy.MakeBarrier(Free<TWeights>(feed, bytes, slot), ReadersPerSlot);
            }

            PtxBulkCopy.MakeBarrier(feed._meeting, 1);
            PtxBulkCopy.ShareBarriers();
        }

        PtxCluster.ArriveRelaxed();
        PtxCluster.Await();
        if (!Multiplies)
            PtxBulkCopy.ReleaseRegisters(SenderRegisters);
        return feed;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SentSteps<TForm> Begin<TMemory, TWeights>(SentSteps<TForm> feed, TileShare share, int bytes)
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights => feed;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Meet<TGroup, TBlocks, TFinish>(SentSteps<TForm> feed, PieceExchange pieces, ArrayView<float> sums, TileShare share, LinearTarget target)
        where TGroup : struct, IWarpgroup
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish => SplitMeeting.InCluster<TGroup, TBlocks, TFinish>(feed._staged, feed._meeting, sums, share, target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Barrier() => PtxBulkCopy.Barrier(WarpgroupSteps.GroupSize);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool BarrierOr(bool condition) => PtxBulkCopy.BarrierOr(WarpgroupSteps.GroupSize, Utilities.Select(condition, 1, 0)) != 0;

    /// <summary>No group ends before the other has sent it what it waits for, and heard that it was read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void End()
    {
        PtxCluster.ArriveRelaxed();
        PtxCluster.Await();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static SentSteps<TForm> Next<TWeights>(SentSteps<TForm> feed, int bytes, int further)
        where TWeights : struct, IMatrixWeights
    {
        int next = feed._slot + further;
        bool isAround = next >= Slots<TWeights>(bytes);
        int around = Utilities.Select(isAround, 1, 0);
        feed._parity = further > 1 ? feed._parity + around : feed._parity ^ around;
        feed._slot = Utilities.Select(isAround, next - Slots<TWeights>(bytes), next);
        return feed;
    }
}
