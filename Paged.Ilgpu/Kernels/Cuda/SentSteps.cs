using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Util;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Steps that one item of a group orders and the hardware of sm_90 brings: its own weights, and half of the inputs to both groups of a cluster, so that the second-level cache
/// is asked once for what two multiprocessors get. A slot of the ring has the weights of its step, [block, packet, lane], and then its inputs, see <see cref="StagedInputs"/>.
/// <para>
/// A slot has two barriers in shared memory: one is passed when its bytes have arrived, one when all warps of both groups have read them. Nobody else waits for anybody, and the
/// two warpgroups may be several steps apart. The sender is a warpgroup of its own, which leaves its registers to the others (CUTLASS, "Efficient GEMM", "Warp Specialization").
/// </para>
/// </summary>
public partial struct SentSteps : IStepFeed<SentSteps>
{
    private const int RowsPerBox = TensorMaps.RowsPerBox;
    private const int BoxPackets = RowsPerBox * MatrixLayout.OctetsPerStep;
    private const int Boxes = WarpgroupLinearKernel.Rows / RowsPerBox;
    private const int BarrierBytes = 8;

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
    public static SentSteps Make<TUnit, TMemory, TWeights>(LinearInput input, PacketSource weight, StepMaps maps, int tiles, int bytes, int besides)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
    {
        SentSteps feed = default;
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
                PtxBulkCopy.MakeBarrier(Free<TWeights>(feed, bytes, slot), TileShare.Groups * WarpgroupSteps.Warps);
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
    public static SentSteps Begin<TMemory, TWeights>(SentSteps feed, TileShare share, int bytes)
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights => feed;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SentSteps Multiply<TUnit, TMemory, TGroup, TWeights>(SentSteps feed, ArrayView<float> sums, int bytes, int first, int end)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TGroup : struct, IWarpgroup
        where TWeights : struct, IMatrixWeights
    {
        BlockWeights even = Receive<TUnit, TMemory, TWeights>(feed);

        // Weights of two steps in turn: were one moved to the place of the other, ptxas would let the products wait for each other.
        int step = first;
        while (true)
        {
            Start<TGroup, TWeights>(feed, sums, even, step == first);
            int slot = feed._slot;
            feed = Next<TWeights>(feed, bytes);
            BlockWeights odd = Receive<TUnit, TMemory, TWeights>(feed);
            Release<TGroup, TWeights>(feed, bytes, slot);

            Start<TGroup, TWeights>(feed, sums, odd, false);
            slot = feed._slot;
            feed = Next<TWeights>(feed, bytes);
            step += 2;
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

    // Waits for a step and reads its weights.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static BlockWeights Receive<TUnit, TMemory, TWeights>(SentSteps feed)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
    {
        PtxBulkCopy.Await(Full(feed, feed._slot), feed._parity);
        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int weights = TWeights.PacketsPerBlock * (Group.IdxX >> 5) * MatrixLayout.Lanes + lane;
        return TWeights.Load<TUnit, TMemory>(feed._staged, feed._slot * PacketsPerSlot<TWeights>() + weights);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Start<TGroup, TWeights>(SentSteps feed, ArrayView<float> sums, BlockWeights weights, bool isFirst)
        where TGroup : struct, IWarpgroup
        where TWeights : struct, IMatrixWeights => TGroup.StartMultiplyAdd(
            sums, weights, feed._staged, feed._slot * PacketsPerSlot<TWeights>() + WeightPackets<TWeights>(), WarpgroupLinearKernel.Rows, isFirst, default);

    // Ends the products of a slot and tells both senders.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Release<TGroup, TWeights>(SentSteps feed, int bytes, int slot)
        where TGroup : struct, IWarpgroup
        where TWeights : struct, IMatrixWeights
    {
        TGroup.Await();
        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        if (lane < TileShare.Groups)
            PtxBulkCopy.Arrive(Free<TWeights>(feed, bytes, slot), lane);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static SentSteps Next<TWeights>(SentSteps feed, int bytes)
        where TWeights : struct, IMatrixWeights
    {
        bool isLast = feed._slot == Slots<TWeights>(bytes) - 1;
        feed._parity ^= Utilities.Select(isLast, 1, 0);
        feed._slot = Utilities.Select(isLast, 0, feed._slot + 1);
        return feed;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Address<TWeights>(SentSteps feed, int slot)
        where TWeights : struct, IMatrixWeights => feed._staged.Address + (uint)(slot * PacketsPerSlot<TWeights>() * Packet.SizeInBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Full(SentSteps feed, int slot) => feed._barriers + (uint)(slot * BarrierBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Free<TWeights>(SentSteps feed, int bytes, int slot)
        where TWeights : struct, IMatrixWeights => Full(feed, Slots<TWeights>(bytes) + slot);

    private static int Slots<TWeights>(int bytes)
        where TWeights : struct, IMatrixWeights => bytes / (PacketsPerSlot<TWeights>() * Packet.SizeInBytes);

    private static int PacketsPerSlot<TWeights>()
        where TWeights : struct, IMatrixWeights => WeightPackets<TWeights>() + Boxes * BoxPackets;

    private static int WeightPackets<TWeights>()
        where TWeights : struct, IMatrixWeights => WarpgroupSteps.Warps * TWeights.PacketsPerBlock * MatrixLayout.Lanes;
}
