using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Linear layer of up to 64 rows a group on the matrix unit of sm_90a, for layers with fewer tiles than the device has multiprocessors: each
/// of the four pieces of a tile's sums is computed by a group of its own (split-K), and they meet as <see cref="IPieceMeeting"/> says. A group
/// holds its piece's sums alone, so that two run on a multiprocessor.
/// </summary>
public static class PieceWarpgroupKernel
{
    private const int StagedBytes = 104 << 10;

    /// <summary>What the compiler is told of launches.</summary>
    public static KernelSpecialization LaunchBounds { get; } = new(WarpgroupSteps.GroupSize, 2);

    /// <summary>Shared memory that a launch asks for, in bytes.</summary>
    public static int SharedBytes<TWeights, TBlocks>()
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks> =>
        IPacketMemory.LargeBytes(WarpgroupSteps.Packets<TWeights>(8 * TBlocks.BlockCount, StagedBytes), 0);

    /// <summary>The kernel. Grid: [pieces, rows / (8 × blocks), columns / 128], rounded up.</summary>
    public static void Run<TUnit, TMemory, TGroup, TMeeting, TWeights, TBlocks, TFinish>(
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
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish
    {
        int rows = 8 * TBlocks.BlockCount;
        int stepCount = MatrixLayout.StepsFor(input.Octets);
        WarpgroupSteps steps = WarpgroupSteps.Allocate<TUnit, TMemory, TWeights>(input, weight, rows, StagedBytes, 0);
        steps.Sums = TGroup.AllocateSums(TBlocks.Count);
        steps.IsStreamed = !TFinish.AddsToOutput; // layers that add have few groups, and took 2 to 4 % longer with it
        int first = Grid.IdxX * stepsPerPiece;
        steps.Last = IntrinsicMath.Min(first + stepsPerPiece, stepCount);
        steps = WarpgroupSteps.At<TWeights>(steps, rows, StagedBytes, Grid.IdxY * rows, Grid.IdxZ, tiles, WarpgroupSteps.Warps);
        WarpgroupSteps.Begin<TMemory, TWeights>(steps, rows, StagedBytes, first);
        WarpgroupSteps.Multiply<TUnit, TMemory, TGroup, TWeights>(steps, rows, rows, StagedBytes, 0, first, steps.Last);

        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int row = Grid.IdxY * rows + 2 * (lane & 3);
        int column = (Grid.IdxZ * WarpgroupSteps.Warps + (Group.IdxX >> 5)) * MatrixLayout.ColumnsPerBlock + (lane >> 2);
        LinearTarget target = LinearTarget.At<TFinish>(output, input.Rows, row, column);

        // No step is left to be read, and while pieces meet the next kernel's weights may be on their way.
        LaunchOrder.LetNextBegin();
        TMeeting.Finish<TGroup, TBlocks, ScaledFinish<TWeights, TFinish>>(pieces, steps.Sums, steps.Staged, target);
    }
}
