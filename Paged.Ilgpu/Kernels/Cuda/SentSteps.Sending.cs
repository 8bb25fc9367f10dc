using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <content>What the sender does.</content>
public partial struct SentSteps
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SentSteps Send<TWeights>(SentSteps feed, TileShare share, int bytes)
        where TWeights : struct, IMatrixWeights
    {
        int step = share.First;
        if (feed._sent == 0)
        {
            // Half of the ring's weights are on their way before the kernel in front has ended, as in WarpgroupSteps.
            PtxBulkCopy.SeeMap(feed._maps.Weights);
            PtxBulkCopy.SeeMap(feed._maps.Inputs);
            int early = IntrinsicMath.Min(Slots<TWeights>(bytes) / 2, share.Last - step);
            for (int ahead = 0; ahead < early; ahead++)
                SendWeights<TWeights>(feed, share, ahead, step + ahead);
            LaunchOrder.AwaitPrevious();
            for (int ahead = 0; ahead < early; ahead++)
                SendInputs<TWeights>(feed, share, ahead, step + ahead);
            feed._slot = early;
            feed._sent = early;
            step += early;
        }

        for (; step < share.Last; step++)
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
    private static void SendWeights<TWeights>(SentSteps feed, TileShare share, int slot, int step)
        where TWeights : struct, IMatrixWeights
    {
        int packets = WeightPackets<TWeights>() + BoxesPresent(feed, share) * BoxPackets;
        PtxBulkCopy.ArriveExpecting(Full(feed, slot), packets * Packet.SizeInBytes);
        int firstRun = share.ColumnTile * WarpgroupSteps.Warps * TWeights.PacketsPerBlock;
        PtxBulkCopy.StartWeights(Address<TWeights>(feed, slot), feed._maps.Weights, step, firstRun, Full(feed, slot));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SendInputs<TWeights>(SentSteps feed, TileShare share, int slot, int step)
        where TWeights : struct, IMatrixWeights
    {
        SendBox<TWeights>(feed, share, slot, step, Grid.IdxX % TileShare.Groups);
        SendBox<TWeights>(feed, share, slot, step, Grid.IdxX % TileShare.Groups + TileShare.Groups);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SendBox<TWeights>(SentSteps feed, TileShare share, int slot, int step, int box)
        where TWeights : struct, IMatrixWeights
    {
        if (box >= BoxesPresent(feed, share))
            return;
        uint target = Address<TWeights>(feed, slot) + (uint)((WeightPackets<TWeights>() + box * BoxPackets) * Packet.SizeInBytes);
        PtxBulkCopy.StartInputs(target, feed._maps.Inputs, step * MatrixLayout.OctetsPerStep * Octet.Length, share.FirstRow + box * RowsPerBox, Full(feed, slot));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int BoxesPresent(SentSteps feed, TileShare share) => IntrinsicMath.Min((feed._rows - share.FirstRow + RowsPerBox - 1) / RowsPerBox, Boxes);
}
