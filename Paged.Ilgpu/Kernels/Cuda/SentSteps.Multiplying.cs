using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <content>What the items that multiply do.</content>
public partial struct SentSteps<TForm>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SentSteps<TForm> BeginMultiplying<TWeights>(SentSteps<TForm> feed)
        where TWeights : struct, IMatrixWeights
    {
        PtxBulkCopy.TakeRegisters(Registers);
        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int warp = (Group.IdxX >> 5) & (TForm.ColumnWarps - 1);
        int ownRows = TForm.ColumnWarps == WarpgroupSteps.Warps | TForm.SumGroups > 1 ? 0 : (Group.IdxX >> 7) * TForm.Rows / 2;
        if (TForm.SumGroups > 1)
            feed._slot = Group.IdxX >> 7;
        feed._weights = From(feed._staged, TWeights.PacketsPerBlock * warp * MatrixLayout.Lanes + lane);
        feed._inputs = From(feed._staged, TForm.StepsPerSlot * WeightPackets<TWeights>() + ownRows * PacketsPerRow);
        LaunchOrder.AwaitPrevious();
        return feed;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SentSteps<TForm> Multiply<TUnit, TMemory, TGroup, TWeights>(SentSteps<TForm> feed, ArrayView<float> sums, int bytes, int first, int end)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TGroup : struct, IWarpgroup
        where TWeights : struct, IMatrixWeights
    {
        SlotWeights even = Receive<TUnit, TMemory, TWeights>(feed, bytes);

        // Weights of two slots in turn: were one moved to the place of the other, ptxas would let the products wait for each other.
        int step = first;
        while (true)
        {
            Start<TGroup, TWeights>(feed, sums, even, step == first);
            int slot = feed._slot;
            feed = Next<TWeights>(feed, bytes, TForm.SumGroups);
            step += TForm.StepsPerSlot;
            if (TForm.StepsPerSlot > 1 && step >= end)
            {
                Release<TGroup, TWeights>(feed, bytes, slot);
                return feed;
            }

            SlotWeights odd = Receive<TUnit, TMemory, TWeights>(feed, bytes);
            Release<TGroup, TWeights>(feed, bytes, slot);

            Start<TGroup, TWeights>(feed, sums, odd, false);
            slot = feed._slot;
            feed = Next<TWeights>(feed, bytes, TForm.SumGroups);
            step += TForm.StepsPerSlot;
            if (step >= end)
            {
                Release<TGroup, TWeights>(feed, bytes, slot);
                return feed;
            }

            even = Receive<TUnit, TMemory, TWeights>(feed, bytes);
            Release<TGroup, TWeights>(feed, bytes, slot);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static StagedPackets From(StagedPackets staged, int packet)
    {
        staged.Address += (uint)(packet * Packet.SizeInBytes);
        return staged;
    }

    // Of the phase of a warpgroup's barrier of a slot. Where warpgroups have slots in turn, and their number is odd, a slot is a warpgroup's in every other round.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ParityOf<TWeights>(SentSteps<TForm> feed, int bytes)
        where TWeights : struct, IMatrixWeights =>
        TForm.SumGroups == 1 ? feed._parity : (feed._parity >> (Slots<TWeights>(bytes) & 1)) & 1;

    // Waits for a slot and reads its weights.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static SlotWeights Receive<TUnit, TMemory, TWeights>(SentSteps<TForm> feed, int bytes)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
    {
        PtxBulkCopy.Await(Full(feed, feed._slot, TForm.SumGroups > 1 ? Group.IdxX >> 7 : 0), ParityOf<TWeights>(feed, bytes));
        int first = feed._slot * PacketsPerSlot<TWeights>();
        SlotWeights slot;
        slot.First = TWeights.Load<TUnit, TMemory>(feed._weights, first);
        slot.Second = TForm.StepsPerSlot > 1 ? TWeights.Load<TUnit, TMemory>(feed._weights, first + WeightPackets<TWeights>()) : default;
        slot.Third = TForm.StepsPerSlot > 2 ? TWeights.Load<TUnit, TMemory>(feed._weights, first + 2 * WeightPackets<TWeights>()) : default;
        slot.Fourth = TForm.StepsPerSlot > 2 ? TWeights.Load<TUnit, TMemory>(feed._weights, first + 3 * WeightPackets<TWeights>()) : default;
        return slot;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Start<TGroup, TWeights>(SentSteps<TForm> feed, ArrayView<float> sums, SlotWeights weights, bool isFirst)
        where TGroup : struct, IWarpgroup
        where TWeights : struct, IMatrixWeights
    {
        int rows = TForm.SumGroups * TForm.Rows * TForm.ColumnWarps / WarpgroupSteps.Warps;
        int inputs = feed._slot * PacketsPerSlot<TWeights>();
        TGroup.StartMultiplyAdd(sums, weights.First, feed._inputs, inputs, StepsPerRow, rows, isFirst, default);
        if (TForm.StepsPerSlot > 1)
            TGroup.StartMultiplyAdd(sums, weights.Second, feed._inputs, inputs + MatrixLayout.OctetsPerStep, StepsPerRow, rows, false, default);
        if (TForm.StepsPerSlot > 2)
        {
            inputs += TForm.Rows * PacketsPerRow;
            TGroup.StartMultiplyAdd(sums, weights.Third, feed._inputs, inputs, StepsPerRow, rows, false, default);
            TGroup.StartMultiplyAdd(sums, weights.Fourth, feed._inputs, inputs + MatrixLayout.OctetsPerStep, StepsPerRow, rows, false, default);
        }
    }

    // Ends the products of a slot and tells all senders of the cluster.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Release<TGroup, TWeights>(SentSteps<TForm> feed, int bytes, int slot)
        where TGroup : struct, IWarpgroup
        where TWeights : struct, IMatrixWeights
    {
        TGroup.Await();
        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        if (TForm.SumGroups > 1 ? lane == TileShare.Own<TForm>() : lane < TileShare.Groups<TForm>())
            PtxBulkCopy.Arrive(Free<TWeights>(feed, bytes, slot), lane);
    }
}
