using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Util;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Steps that one item of a group orders and the hardware of sm_90 brings: its own weights, and a part of the inputs to all groups of a cluster, so that the second-level cache
/// is asked once for what several multiprocessors get. A slot of the ring has the weights of its one or two steps, [step, block, packet, lane], and then their inputs, see <see cref="StagedInputs"/>.
/// <para>
/// A slot has two barriers in shared memory: one is passed when its bytes have arrived, one when all warps of the cluster have read them. Nobody else waits for anybody, and the
/// two warpgroups may be several steps apart. The sender is a warpgroup of its own, which leaves its registers to the others (CUTLASS, "Efficient GEMM", "Warp Specialization").
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
    private int _parity; // of the phase that is waited for
    private int _sent; // steps

    /// <inheritdoc/>
    public static int Groups => TForm.Groups;

    /// <inheritdoc/>
    public static int ColumnWarps => TForm.ColumnWarps;

    /// <inheritdoc/>
    public static int GroupSize => WarpgroupSteps.GroupSize + 4 * MatrixLayout.Lanes;

    /// <inheritdoc/>
    public static bool IsSender => Group.IdxX == WarpgroupSteps.GroupSize;

    /// <inheritdoc/>
    public static bool Multiplies => Group.IdxX < WarpgroupSteps.GroupSize;

    /// <inheritdoc/>
    public static int Packets<TWeights>(int bytes)
        where TWeights : struct, IMatrixWeights => Slots<TWeights>(bytes) * PacketsPerSlot<TWeights>();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SentSteps<TForm> Make<TUnit, TMemory, TWeights>(LinearInput input, PacketSource weight, StepMaps maps, int tiles, int bytes, int besides)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
    {
        SentSteps<TForm> feed = default;
        feed._staged = TMemory.AllocateLarge(Packets<TWeights>(bytes), besides);
        feed._barriers = PtxBulkCopy.AllocateBarriers(2 * Slots<TWeights>(bytes) * BarrierBytes);
        feed._maps = maps;
        feed._rows = input.Rows;
        feed._parity = Utilities.Select(Multiplies, 0, 1); // all slots are free
        if (Group.IdxX == 0)
        {
            for (int slot = 0; slot < Slots<TWeights>(bytes); slot++)
            {
                PtxBulkCopy.MakeBarrier(Full(feed, slot), 1);
                PtxBulkCopy.MakeBarrier(Free<TWeights>(feed, bytes, slot), TForm.Groups * WarpgroupSteps.Warps);
            }

            PtxBulkCopy.ShareBarriers();
        }

        PtxCluster.Arrive();
        PtxCluster.Await();
        if (!Multiplies)
            PtxBulkCopy.ReleaseRegisters(SenderRegisters);
        return feed;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void BeginMultiplying()
    {
        PtxBulkCopy.TakeRegisters(Registers);
        LaunchOrder.AwaitPrevious();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SentSteps<TForm> Begin<TMemory, TWeights>(SentSteps<TForm> feed, TileShare share, int bytes)
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights => feed;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SentSteps<TForm> Multiply<TUnit, TMemory, TGroup, TWeights>(SentSteps<TForm> feed, ArrayView<float> sums, int bytes, int first, int end)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TGroup : struct, IWarpgroup
        where TWeights : struct, IMatrixWeights
    {
        SlotWeights even = Receive<TUnit, TMemory, TWeights>(feed);

        // Weights of two slots in turn: were one moved to the place of the other, ptxas would let the products wait for each other.
        int step = first;
        while (true)
        {
            Start<TGroup, TWeights>(feed, sums, even, step == first);
            int slot = feed._slot;
            feed = Next<TWeights>(feed, bytes);
            step += TForm.StepsPerSlot;
            if (TForm.StepsPerSlot > 1 && step >= end)
            {
                Release<TGroup, TWeights>(feed, bytes, slot);
                return feed;
            }

            SlotWeights odd = Receive<TUnit, TMemory, TWeights>(feed);
            Release<TGroup, TWeights>(feed, bytes, slot);

            Start<TGroup, TWeights>(feed, sums, odd, false);
            slot = feed._slot;
            feed = Next<TWeights>(feed, bytes);
            step += TForm.StepsPerSlot;
            if (step >= end)
            {
                Release<TGroup, TWeights>(feed, bytes, slot);
                return feed;
            }

            even = Receive<TUnit, TMemory, TWeights>(feed);
            Release<TGroup, TWeights>(feed, bytes, slot);
        }
    }

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
        PtxCluster.Arrive();
        PtxCluster.Await();
    }

    // Waits for a slot and reads its weights.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static SlotWeights Receive<TUnit, TMemory, TWeights>(SentSteps<TForm> feed)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
    {
        PtxBulkCopy.Await(Full(feed, feed._slot), feed._parity);
        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int weights = feed._slot * PacketsPerSlot<TWeights>() + TWeights.PacketsPerBlock * ((Group.IdxX >> 5) & (TForm.ColumnWarps - 1)) * MatrixLayout.Lanes + lane;
        SlotWeights slot;
        slot.First = TWeights.Load<TUnit, TMemory>(feed._staged, weights);
        slot.Second = TForm.StepsPerSlot > 1 ? TWeights.Load<TUnit, TMemory>(feed._staged, weights + WeightPackets<TWeights>()) : default;
        return slot;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Start<TGroup, TWeights>(SentSteps<TForm> feed, ArrayView<float> sums, SlotWeights weights, bool isFirst)
        where TGroup : struct, IWarpgroup
        where TWeights : struct, IMatrixWeights
    {
        int parts = WarpgroupSteps.Warps / TForm.ColumnWarps;
        int rows = WarpgroupLinearKernel.Rows / parts;
        int ownRows = parts == 1 ? 0 : (Group.IdxX >> 7) * rows;
        int inputs = feed._slot * PacketsPerSlot<TWeights>() + TForm.StepsPerSlot * WeightPackets<TWeights>() + ownRows * MatrixLayout.OctetsPerStep;
        TGroup.StartMultiplyAdd(sums, weights.First, feed._staged, inputs, rows, isFirst, default);
        if (TForm.StepsPerSlot > 1)
            TGroup.StartMultiplyAdd(sums, weights.Second, feed._staged, inputs + Boxes * BoxPackets, rows, false, default);
    }

    // Ends the products of a slot and tells all senders of the cluster.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Release<TGroup, TWeights>(SentSteps<TForm> feed, int bytes, int slot)
        where TGroup : struct, IWarpgroup
        where TWeights : struct, IMatrixWeights
    {
        TGroup.Await();
        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        if (lane < TForm.Groups)
            PtxBulkCopy.Arrive(Free<TWeights>(feed, bytes, slot), lane);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static SentSteps<TForm> Next<TWeights>(SentSteps<TForm> feed, int bytes)
        where TWeights : struct, IMatrixWeights
    {
        bool isLast = feed._slot == Slots<TWeights>(bytes) - 1;
        feed._parity ^= Utilities.Select(isLast, 1, 0);
        feed._slot = Utilities.Select(isLast, 0, feed._slot + 1);
        return feed;
    }
}
