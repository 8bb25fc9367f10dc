using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <content>Where a slot and its barriers lie in shared memory.</content>
public partial struct SentSteps<TForm>
{
    private const int BarrierBytes = 8;

    /// <summary>Steps of which a row of inputs has the features, see <see cref="StagedInputs"/>.</summary>
    public static int StepsPerRow => IntrinsicMath.Min(TForm.StepsPerSlot, 2);

    /// <summary>Layers of a slot's inputs, each of all rows.</summary>
    public static int Layers => TForm.StepsPerSlot / StepsPerRow;

    /// <summary>Rows of the one box of inputs that a group sends for a slot, below those of the group beside it.</summary>
    public static int RowsPerBox => TForm.Rows / TForm.ColumnGroups;

    /// <summary>Steps of the one box of weights that a group sends for a slot.</summary>
    public static int WeightStepsPerBox => TForm.StepsPerSlot / TForm.RowGroups;

    private static int PacketsPerRow => StepsPerRow * MatrixLayout.OctetsPerStep;

    /// <inheritdoc/>
    public static int Packets<TWeights>(int bytes)
        where TWeights : struct, IMatrixWeights => Slots<TWeights>(bytes) * PacketsPerSlot<TWeights>();

    // Warps of the cluster that read a slot. Split sums have them in turn, the warpgroups of one group.
    private static int ReadersPerSlot => TForm.SumGroups > 1 ? WarpgroupSteps.Warps / 2 : TileShare.Groups<TForm>() * WarpgroupSteps.Warps;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Full(SentSteps<TForm> feed, int slot, int turn) => feed._barriers + (uint)((TForm.SumGroups * slot + turn) * BarrierBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Free<TWeights>(SentSteps<TForm> feed, int bytes, int slot)
        where TWeights : struct, IMatrixWeights => feed._barriers + (uint)((TForm.SumGroups * Slots<TWeights>(bytes) + slot) * BarrierBytes);

    private static int Slots<TWeights>(int bytes)
        where TWeights : struct, IMatrixWeights => bytes / (PacketsPerSlot<TWeights>() * Packet.SizeInBytes);

    // Of slots that are full, of free ones, and of the meeting. Where warpgroups have slots in turn, each has full barriers of its own: to wait for a slot's next phase before the other one's
    // has ended would be not to wait at all.
    private static int Barriers<TWeights>(int bytes)
        where TWeights : struct, IMatrixWeights => (TForm.SumGroups + 1) * Slots<TWeights>(bytes) + 1;

    // Half of the ring, the same number for each warpgroup of split sums.
    private static int EarlySlots<TWeights>(int bytes)
        where TWeights : struct, IMatrixWeights => (Slots<TWeights>(bytes) + TForm.SumGroups - 1) / (2 * TForm.SumGroups) * TForm.SumGroups;

    private static int PacketsPerSlot<TWeights>()
        where TWeights : struct, IMatrixWeights => TForm.StepsPerSlot * (WeightPackets<TWeights>() + TForm.Rows * MatrixLayout.OctetsPerStep);

    // Of one step.
    private static int WeightPackets<TWeights>()
        where TWeights : struct, IMatrixWeights => TForm.ColumnWarps * TWeights.PacketsPerBlock * MatrixLayout.Lanes;

    // This lane's weights of a slot.
    private struct SlotWeights
    {
        public BlockWeights First;
        public BlockWeights Second;
        public BlockWeights Third;
        public BlockWeights Fourth;
    }
}
