using System.Runtime.CompilerServices;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <content>The copies of a slot, and how large slots are.</content>
internal partial struct WarpgroupSteps
{
    /// <summary>
    /// Starts the copies of the first slots, all but one. Half of them have their weights on the way before the kernel in front has ended; of all, the
    /// first product would wait for the last one's.
    /// </summary>
    /// <param name="steps">The steps.</param>
    /// <param name="rows">Rows of a step; a constant.</param>
    /// <param name="bytes">Shared memory that there is; a constant.</param>
    /// <param name="first">The first step.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Begin<TMemory, TWeights>(WarpgroupSteps steps, int rows, int bytes, int first)
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
    {
        int packets = PacketsPerSlot<TWeights>(rows, bytes);
        int perSlot = PerSlot<TWeights>(rows, bytes);
        int early = Slots<TWeights>(rows, bytes) / 2;
        for (int ahead = 0; ahead < early; ahead++)
            StartWeights<TMemory, TWeights>(steps, perSlot, ahead * packets, first + ahead * perSlot);
        LaunchOrder.AwaitPrevious();
        for (int ahead = 0; ahead < early; ahead++)
        {
            StartInputs<TMemory>(steps, rows, perSlot, ahead * packets, first + ahead * perSlot);
            TMemory.CloseBatch();
        }

        for (int ahead = early; ahead < Slots<TWeights>(rows, bytes) - 1; ahead++)
            Start<TMemory, TWeights>(steps, rows, perSlot, ahead * packets, first + ahead * perSlot);
    }

    // The batch is closed even where it is empty, so that the number of those on their way is always the same.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Start<TMemory, TWeights>(WarpgroupSteps steps, int rows, int perSlot, int place, int step)
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
    {
        StartWeights<TMemory, TWeights>(steps, perSlot, place, step);
        StartInputs<TMemory>(steps, rows, perSlot, place, step);
        TMemory.CloseBatch();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StartWeights<TMemory, TWeights>(WarpgroupSteps steps, int perSlot, int place, int step)
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
    {
        if (step >= steps.Last)
            return;
        int target = place + steps._weightTarget;
        long source = steps._weightSource + step * MatrixLayout.Lanes;
        StartRun<TMemory, TWeights>(steps, perSlot, target, source);
        if (TWeights.PacketsPerBlock > 1)
            StartRun<TMemory, TWeights>(steps, perSlot, target + MatrixLayout.Lanes, source + steps._nextWeights);
    }

    // Written out: ptxas leaves a loop, whose branches the products wait for.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StartInputs<TMemory>(WarpgroupSteps steps, int rows, int perSlot, int place, int step)
        where TMemory : struct, IPacketMemory
    {
        if (step >= steps.Last)
            return;
        int rowsAtOnce = GroupSize / MatrixLayout.OctetsPerStep / perSlot;
        StartInput<TMemory>(steps, rows, perSlot, place, step, 0);
        if (rows > 1 * rowsAtOnce)
            StartInput<TMemory>(steps, rows, perSlot, place, step, 1 * rowsAtOnce);
        if (rows > 2 * rowsAtOnce)
        {
            StartInput<TMemory>(steps, rows, perSlot, place, step, 2 * rowsAtOnce);
            StartInput<TMemory>(steps, rows, perSlot, place, step, 3 * rowsAtOnce);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StartRun<TMemory, TWeights>(WarpgroupSteps steps, int perSlot, int target, long source)
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
    {
        StartPacket<TMemory>(steps, target, source);
        if (perSlot > 1)
            StartPacket<TMemory>(steps, target + WeightPackets<TWeights>(), source + MatrixLayout.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StartPacket<TMemory>(WarpgroupSteps steps, int target, long source)
        where TMemory : struct, IPacketMemory
    {
        if (steps.IsStreamed)
            TMemory.StartStreamedCopy(steps.Staged, target, steps.Weight, source);
        else
            TMemory.StartCopy(steps.Staged, target, steps.Weight, source);
    }

    // Nothing is read for a row that is not there: were it a row that is, all groups would read it at once, and wait for each other. Of split sums the lower half of the rows are the second warpgroup's.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StartInput<TMemory>(WarpgroupSteps steps, int rows, int perSlot, int place, int step, int above)
        where TMemory : struct, IPacketMemory
    {
        int target = place + steps._inputTarget + above * perSlot * MatrixLayout.OctetsPerStep;
        if (steps._stepsToSecond > 0 & above >= rows / 2)
        {
            step += steps._stepsToSecond;
            above -= rows / 2;
        }

        TMemory.StartCopy(
            steps.Staged,
            target,
            steps.Input.Packets,
            steps._inputSource + step * MatrixLayout.OctetsPerStep + above * steps.Input.Octets,
            above < steps._rowsBelow);
    }

    private static int PerSlot<TWeights>(int rows, int bytes)
        where TWeights : struct, IMatrixWeights =>
        (rows <= MostRowsOfPairs) & (bytes >= FewestPairs * MostPerSlot * PacketsPerStep<TWeights>(rows) * Packet.SizeInBytes) ? MostPerSlot : 1;

    private static int PacketsPerSlot<TWeights>(int rows, int bytes)
        where TWeights : struct, IMatrixWeights => PerSlot<TWeights>(rows, bytes) * PacketsPerStep<TWeights>(rows);

    private static int Slots<TWeights>(int rows, int bytes)
        where TWeights : struct, IMatrixWeights => bytes / (PacketsPerSlot<TWeights>(rows, bytes) * Packet.SizeInBytes);

    private static int PacketsPerStep<TWeights>(int rows)
        where TWeights : struct, IMatrixWeights => WeightPackets<TWeights>() + rows * MatrixLayout.OctetsPerStep;

    // Of one step.
    private static int WeightPackets<TWeights>()
        where TWeights : struct, IMatrixWeights => Warps * TWeights.PacketsPerBlock * MatrixLayout.Lanes;

    // The slots before and behind one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Before<TWeights>(int rows, int bytes, int place)
        where TWeights : struct, IMatrixWeights =>
        place == 0 ? (Slots<TWeights>(rows, bytes) - 1) * PacketsPerSlot<TWeights>(rows, bytes) : place - PacketsPerSlot<TWeights>(rows, bytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Behind<TWeights>(int rows, int bytes, int place)
        where TWeights : struct, IMatrixWeights =>
        place == (Slots<TWeights>(rows, bytes) - 1) * PacketsPerSlot<TWeights>(rows, bytes) ? 0 : place + PacketsPerSlot<TWeights>(rows, bytes);
}
