using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Util;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <content>What the sender does.</content>
public partial struct SentSteps<TForm>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SentSteps<TForm> Send<TWeights>(SentSteps<TForm> feed, TileShare share, int bytes)
        where TWeights : struct, IMatrixWeights
    {
        Boxes boxes = BoxesOf<TWeights>(feed, share);
        int step = share.First;
        if (feed._sent == 0)
        {
            // Half of the ring's weights are on their way before the kernel in front has ended, as in WarpgroupSteps.
            PtxBulkCopy.SeeMap(feed._maps.Weights);
            PtxBulkCopy.SeeMap(feed._maps.Inputs);
            int early = IntrinsicMath.Min(EarlySlots<TWeights>(bytes), TForm.SumGroups * (share.Last - step) / TForm.StepsPerSlot);
            for (int ahead = 0; ahead < early; ahead++)
                SendWeights<TWeights>(feed, boxes, ahead, ahead & (TForm.SumGroups - 1), StepOf(share, ahead));
            LaunchOrder.AwaitPrevious();
            for (int ahead = 0; ahead < early; ahead++)
                SendInputs<TWeights>(feed, boxes, ahead, ahead & (TForm.SumGroups - 1), StepOf(share, ahead));
            feed._slot = early;
            feed._sent = early;
            step += early / TForm.SumGroups * TForm.StepsPerSlot;
        }

        for (; step < share.Last; step += TForm.StepsPerSlot)
        {
            feed = SendSlot<TWeights>(feed, boxes, bytes, 0, step);
            if (TForm.SumGroups > 1)
                feed = SendSlot<TWeights>(feed, boxes, bytes, 1, step + share.Last - share.First);
        }

        return feed;
    }

    // The first step of a slot of a share. Split sums have slots in turn, and the second warpgroup's piece follows the first one's.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int StepOf(TileShare share, int slot) =>
        TForm.SumGroups == 1
            ? share.First + slot * TForm.StepsPerSlot
            : share.First + (slot >> 1) * TForm.StepsPerSlot + (slot & 1) * (share.Last - share.First);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static SentSteps<TForm> SendSlot<TWeights>(SentSteps<TForm> feed, Boxes boxes, int bytes, int turn, int step)
        where TWeights : struct, IMatrixWeights
    {
        PtxBulkCopy.Await(Free<TWeights>(feed, bytes, feed._slot), feed._parity);
        SendWeights<TWeights>(feed, boxes, feed._slot, turn, step);
        SendInputs<TWeights>(feed, boxes, feed._slot, turn, step);
        return Next<TWeights>(feed, bytes, 1);
    }

    // A group sends one box of weights and one of inputs for a slot: the item that orders them takes longer over an order than the hardware.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Boxes BoxesOf<TWeights>(SentSteps<TForm> feed, TileShare share)
        where TWeights : struct, IMatrixWeights
    {
        int below = TileShare.OwnColumn<TForm>() * RowsPerBox;
        int rows = feed._rows - share.FirstRow;
        int present = IntrinsicMath.Clamp((rows + RowsPerBox - 1) / RowsPerBox, 0, TForm.ColumnGroups);
        Boxes boxes;
        boxes.SlotBytes = TForm.StepsPerSlot * (WeightPackets<TWeights>() + present * RowsPerBox * MatrixLayout.OctetsPerStep) * Packet.SizeInBytes;
        boxes.WeightStep = TileShare.OwnRow<TForm>() * WeightStepsPerBox;
        boxes.WeightTarget = feed._staged.Address + (uint)(boxes.WeightStep * WeightPackets<TWeights>() * Packet.SizeInBytes);
        boxes.FirstRun = share.ColumnTile * TForm.ColumnWarps * TWeights.PacketsPerBlock;
        boxes.HasInputs = below < rows;
        boxes.InputTarget = feed._staged.Address + (uint)((TForm.StepsPerSlot * WeightPackets<TWeights>() + below * PacketsPerRow) * Packet.SizeInBytes);
        boxes.FirstRow = share.FirstRow + below;

        // Where one cluster has all rows, nobody reads the weights again before the next step.
        boxes.WeightPolicy = PtxBulkCopy.CachePolicy(Utilities.Select(feed._rows <= TForm.RowGroups * TForm.Rows, 1, 0));
        return boxes;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SendWeights<TWeights>(SentSteps<TForm> feed, Boxes boxes, int slot, int turn, int step)
        where TWeights : struct, IMatrixWeights
    {
        PtxBulkCopy.ArriveExpecting(Full(feed, slot, turn), boxes.SlotBytes);
        uint target = boxes.WeightTarget + (uint)(slot * PacketsPerSlot<TWeights>() * Packet.SizeInBytes);
        int groups = (1 | 1 << TForm.ColumnGroups) << TileShare.OwnColumn<TForm>(); // those with the same columns, two at most
        if (TForm.RowGroups > 1)
            PtxBulkCopy.StartBox(groups, target, feed._maps.Weights, boxes.FirstRun, step + boxes.WeightStep, Full(feed, slot, turn), boxes.WeightPolicy);
        else
            PtxBulkCopy.StartBox(target, feed._maps.Weights, boxes.FirstRun, step + boxes.WeightStep, Full(feed, slot, turn), boxes.WeightPolicy);
    }

    // Rows that are not there do not travel.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SendInputs<TWeights>(SentSteps<TForm> feed, Boxes boxes, int slot, int turn, int step)
        where TWeights : struct, IMatrixWeights
    {
        if (!boxes.HasInputs)
            return;
        uint target = boxes.InputTarget + (uint)(slot * PacketsPerSlot<TWeights>() * Packet.SizeInBytes);
        int groups = ((1 << TForm.ColumnGroups) - 1) << (TileShare.OwnRow<TForm>() * TForm.ColumnGroups); // those with the same rows
        if (TForm.ColumnGroups > 1)
            PtxBulkCopy.StartBox(groups, target, feed._maps.Inputs, boxes.FirstRow, step / StepsPerRow, Full(feed, slot, turn));
        else
            PtxBulkCopy.StartBox(target, feed._maps.Inputs, boxes.FirstRow, step / StepsPerRow, Full(feed, slot, turn));
    }

    // What this group sends of a tile.
    private struct Boxes
    {
        public int SlotBytes; // that arrive, those of the others' boxes among them
        public int WeightStep; // of a slot
        public uint WeightTarget; // in the first slot
        public int FirstRun;
        public bool HasInputs;
        public uint InputTarget;
        public int FirstRow;
        public long WeightPolicy; // of the second-level cache
    }
}
