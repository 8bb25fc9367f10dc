using System.Runtime.CompilerServices;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <content>Where a slot and its barriers lie in shared memory.</content>
public partial struct SentSteps<TForm>
{
    private const int RowsPerBox = TensorMaps.RowsPerBox;
    private const int BoxPackets = RowsPerBox * MatrixLayout.OctetsPerStep;
    private const int Boxes = WarpgroupLinearKernel.Rows / RowsPerBox;
    private const int BarrierBytes = 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Address<TWeights>(SentSteps<TForm> feed, int slot)
        where TWeights : struct, IMatrixWeights => feed._staged.Address + (uint)(slot * PacketsPerSlot<TWeights>() * Packet.SizeInBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Full(SentSteps<TForm> feed, int slot) => feed._barriers + (uint)(slot * BarrierBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Free<TWeights>(SentSteps<TForm> feed, int bytes, int slot)
        where TWeights : struct, IMatrixWeights => Full(feed, Slots<TWeights>(bytes) + slot);

    private static int Slots<TWeights>(int bytes)
        where TWeights : struct, IMatrixWeights => bytes / (PacketsPerSlot<TWeights>() * Packet.SizeInBytes);

    private static int PacketsPerSlot<TWeights>()
        where TWeights : struct, IMatrixWeights => TForm.StepsPerSlot * (WeightPackets<TWeights>() + Boxes * BoxPackets);

    // Of one step.
    private static int WeightPackets<TWeights>()
        where TWeights : struct, IMatrixWeights => TForm.ColumnWarps * TWeights.PacketsPerBlock * MatrixLayout.Lanes;

    // This lane's weights of a slot.
    private struct SlotWeights
    {
        public BlockWeights First;
        public BlockWeights Second;
    }
}
