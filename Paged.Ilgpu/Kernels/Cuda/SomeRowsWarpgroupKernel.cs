using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Linear layer of some rows, up to 128 a group, on the matrix unit of sm_90a: <see cref="SomeRowsLinearKernel"/> with two warpgroups, which
/// read the inputs from shared memory without a register for them, so that a group has 128 columns and the inputs are brought half as often.
/// </summary>
public static class SomeRowsWarpgroupKernel
{
    /// <summary>What the compiler is told of launches.</summary>
    public static KernelSpecialization LaunchBounds<TWeights, TBlocks>()
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks> => new(WarpgroupSteps.GroupSize, GroupsPerMultiprocessor<TWeights, TBlocks>());

    /// <summary>Shared memory that a launch asks for, in bytes.</summary>
    public static int SharedBytes<TWeights, TBlocks>()
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks> =>
        IPacketMemory.LargeBytes(WarpgroupSteps.Packets<TWeights>(8 * TBlocks.BlockCount, StagedBytes<TWeights, TBlocks>()), 0);

    /// <summary>The kernel. Grid: [1, rows / (8 × blocks), columns / 128], rounded up.</summary>
    public static void Run<TUnit, TMemory, TGroup, TWeights, TBlocks, TFinish>(
        LinearInput input,
        PacketSource weight, // see MatrixLayout
        LinearOutput output,
        int tiles, // of eight columns, padding included
        int stepsPerPiece)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TGroup : struct, IWarpgroup
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish
    {
        int bytes = StagedBytes<TWeights, TBlocks>();
        int rows = 8 * TBlocks.BlockCount;
        int stepCount = MatrixLayout.StepsFor(input.Octets);
        WarpgroupSteps steps = WarpgroupSteps.Allocate<TUnit, TMemory, TWeights>(input, weight, rows, bytes, 0);
        steps.Sums = TGroup.AllocateSums(TBlocks.Count);
        steps.Last = stepCount;
        steps.IsStreamed = true;
        steps = WarpgroupSteps.At<TWeights>(steps, rows, bytes, Grid.IdxY * rows, Grid.IdxZ, tiles, WarpgroupSteps.Warps);
        WarpgroupSteps.Begin<TMemory, TWeights>(steps, rows, bytes, 0);

        TBlocks total = default;
        int place = 0;
        for (int first = 0; first < stepCount; first += stepsPerPiece)
        {
            int end = IntrinsicMath.Min(first + stepsPerPiece, stepCount);
            place = WarpgroupSteps.Multiply<TUnit, TMemory, TGroup, TWeights>(steps, rows, rows, bytes, place, first, end);
            total = TBlocks.Add(total, TBlocks.Read<TGroup>(steps.Sums, 0));
        }

        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int row = Grid.IdxY * rows + 2 * (lane & 3);
        int column = (Grid.IdxZ * WarpgroupSteps.Warps + (Group.IdxX >> 5)) * MatrixLayout.ColumnsPerBlock + (lane >> 2);
        TBlocks.Finish<ScaledFinish<TWeights, TFinish>>(total, LinearTarget.At<TFinish>(output, input.Rows, row, column), 0);
    }

    // What the sums of so many rows, and bytes that are made 16 bits, leave of the registers.
    private static int GroupsPerMultiprocessor<TWeights, TBlocks>()
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks> => TBlocks.BlockCount > (TWeights.PacketsPerBlock > 1 ? 8 : 4) ? 1 : 2;

    private static int StagedBytes<TWeights, TBlocks>()
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks> => (208 << 10) / GroupsPerMultiprocessor<TWeights, TBlocks>();
}
