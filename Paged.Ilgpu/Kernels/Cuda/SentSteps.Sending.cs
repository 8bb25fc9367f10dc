using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <content>What the sender does.</content>
public partial struct SentSteps<TForm>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SentSteps<TForm> Send<TWeights>(SentSteps<TForm> feed, TileShare share, int bytes)
        where TWeights : struct, IMatrixWeights
    {
        int step = share.First;
        if (feed._sent == 0)
        {
            // Half of the ring's weights are on their way before the kernel in front has ended, as in WarpgroupSteps.
            PtxBulkCopy.SeeMap(feed._maps.Weights);
            PtxBulkCopy.SeeMap(feed._maps.Inputs);
            int early = IntrinsicMath.Min(Slots<TWeights>(bytes) / 2, (share.Last - step) / TForm.StepsPerSlot);
            for (int ahead = 0; ahead < early; ahead++)
                SendWeights<TWeights>(feed, share, ahead, step + ahead * TForm.StepsPerSlot);
            LaunchOrder.AwaitPrevious();
            for (int ahead = 0; ahead < early; ahead++)
                SendInputs<TWeights>(feed, share, ahead, step + ahead * TForm.StepsPerSlot);
            feed._slot = early;
            feed._sent = early;
            step += early * TForm.StepsPerSlot;
        }

        for (; step < share.Last; step += TForm.StepsPerSlot)
        {
            PtxBulkCopy.Await(Free<TWeights>(feed, bytes, feed._slot), feed._parity);
            SendWeights<TWeights>(feed, share, feed._slot, step);
            SendInputs<TWeights>(feed, share, feed._slot, step);
            feed = Next<TWeights>(feed, bytes);
        }

        return feed;
    }

    // Rows that are not there do not travel.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SendWeights<TWeights>(SentSteps<TForm> feed, TileShare share, int slot, int step)
        where TWeights : struct, IMatrixWeights
    {
        int packets = TForm.StepsPerSlot * (WeightPackets<TWeights>() + BoxesPresent(feed, share) * BoxPackets);
        PtxBulkCopy.ArriveExpecting(Full(feed, slot), packets * Packet.SizeInBytes);
        int firstRun = share.ColumnTile * TForm.ColumnWarps * TWeights.PacketsPerBlock;
        uint target = Address<TWeights>(feed, slot);
        PtxBulkCopy.StartWeights(target, feed._maps.Weights, step, firstRun, Full(feed, slot));
        if (TForm.StepsPerSlot > 1)
        {
            target += (uint)(WeightPackets<TWeights>() * Packet.SizeInBytes);
            PtxBulkCopy.StartWeights(target, feed._maps.Weights, step + 1, firstRun, Full(feed, slot));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SendInputs<TWeights>(SentSteps<TForm> feed, TileShare share, int slot, int step)
        where TWeights : struct, IMatrixWeights
    {
        uint target = Address<TWeights>(feed, slot) + (uint)(TForm.StepsPerSlot * WeightPackets<TWeights>() * Packet.SizeInBytes);
        SendInputs(feed, share, target, Full(feed, slot), step);
        if (TForm.StepsPerSlot > 1)
            SendInputs(feed, share, target + (uint)(Boxes * BoxPackets * Packet.SizeInBytes), Full(feed, slot), step + 1);
    }

    // Each group of a cluster sends its part of the boxes to all.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SendInputs(SentSteps<TForm> feed, TileShare share, uint target, uint barrier, int step)
    {
        int own = Grid.IdxX & (TForm.Groups - 1);
        SendBox(feed, share, target, barrier, step, own);
        if (TForm.Groups < Boxes)
            SendBox(feed, share, target, barrier, step, own + TForm.Groups);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SendBox(SentSteps<TForm> feed, TileShare share, uint target, uint barrier, int step, int box)
    {
        if (box >= BoxesPresent(feed, share))
            return;
        PtxBulkCopy.StartInputs(
            (1 << TForm.Groups) - 1,
            target + (uint)(box * BoxPackets * Packet.SizeInBytes),
            feed._maps.Inputs,
            step * MatrixLayout.OctetsPerStep * Octet.Length,
            share.FirstRow + box * RowsPerBox,
            barrier);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int BoxesPresent(SentSteps<TForm> feed, TileShare share) =>
        IntrinsicMath.Min((feed._rows - share.FirstRow + RowsPerBox - 1) / RowsPerBox, Boxes);
}
