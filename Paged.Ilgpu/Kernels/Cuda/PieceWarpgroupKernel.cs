using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Linear layer of up to 64 rows a group on the matrix unit of sm_90a, for layers with fewer tiles than the device has multiprocessors: each
/// of the four pieces of a tile's sums is computed by a group of its own (split-K), and they meet as <see cref="IPieceMeeting"/> says. A group
/// holds its piece's sums alone, so that two or four run on a multiprocessor.
/// <para>
/// A device runs 62 clusters of these groups at a time, and not the 66 that its multiprocessors have room for (H100): they are not filled evenly. Where there are fewer groups than
/// multiprocessors, twice as many halves of them end earlier.
/// </para>
/// </summary>
public static class PieceWarpgroupKernel
{
    private const int StagedBytesPerMultiprocessor = 208 << 10;

    /// <summary>What the compiler is told of launches.</summary>
    public static KernelSpecialization LaunchBounds<TWidth>()
        where TWidth : struct, IGroupWidth => new(TWidth.Warps * MatrixLayout.Lanes, GroupsPerMultiprocessor<TWidth>());

    /// <summary>Shared memory that a launch asks for, in bytes.</summary>
    public static int SharedBytes<TWidth, TWeights, TBlocks>()
        where TWidth : struct, IGroupWidth
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks> =>
        IPacketMemory.LargeBytes(WarpgroupSteps.Packets<TWeights>(TWidth.Warps, 8 * TBlocks.BlockCount, StagedBytes<TWidth>()), 0);

    /// <summary>The kernel. Grid: [pieces, rows / (8 × blocks), columns / (16 × warps)], rounded up.</summary>
    public static void Run<TUnit, TMemory, TGroup, TMeeting, TWidth, TWeights, TBlocks, TFinish>(
        LinearInput input,
        PacketSource weight, // see MatrixLayout
        LinearOutput output,
        PieceExchange pieces,
        int tiles, // of eight columns, padding included
        int stepsPerPiece)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TGroup : struct, IWarpgroup
        where TMeeting : struct, IPieceMeeting
        where TWidth : struct, IGroupWidth
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish
    {
        int warps = TWidth.Warps;
        int rows = 8 * TBlocks.BlockCount;
        int bytes = StagedBytes<TWidth>();
        int stepCount = MatrixLayout.StepsFor(input.Octets);
        WarpgroupSteps steps = WarpgroupSteps.Allocate<TUnit, TMemory, TWeights>(input, weight, warps, rows, bytes, 0);
        steps.Sums = TGroup.AllocateSums(TBlocks.Count);
        int first = Grid.IdxX * stepsPerPiece;
        steps.Last = IntrinsicMath.Min(first + stepsPerPiece, stepCount);
        steps = WarpgroupSteps.At<TWeights>(steps, warps, rows, bytes, Grid.IdxY * rows, Grid.IdxZ, tiles, warps);
        WarpgroupSteps.Begin<TMemory, TWeights>(steps, warps, rows, bytes, first);
        WarpgroupSteps.Multiply<TUnit, TMemory, TGroup, TWeights>(steps, warps, rows, rows, bytes, 0, first, steps.Last);

        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int row = Grid.IdxY * rows + 2 * (lane & 3);
        int column = (Grid.IdxZ * warps + (Group.IdxX >> 5)) * MatrixLayout.ColumnsPerBlock + (lane >> 2);
        LinearTarget target = LinearTarget.At<TFinish>(output, input.Rows, row, column);

        // No step is left to be read, and while pieces meet the next kernel's weights may be on their way.
        LaunchOrder.LetNextBegin();
        TMeeting.Finish<TGroup, TBlocks, ScaledFinish<TWeights, TFinish>>(pieces, steps.Sums, steps.Staged, target);
    }

    private static int GroupsPerMultiprocessor<TWidth>()
        where TWidth : struct, IGroupWidth => 2 * WarpgroupSteps.Warps / TWidth.Warps;

    private static int StagedBytes<TWidth>()
        where TWidth : struct, IGroupWidth => StagedBytesPerMultiprocessor / GroupsPerMultiprocessor<TWidth>();
}
