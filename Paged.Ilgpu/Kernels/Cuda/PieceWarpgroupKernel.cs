using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Linear layer of up to 128 rows a group on the matrix unit of sm_90a, for layers with fewer tiles than the device has multiprocessors: each
/// of the four pieces of a tile's sums is computed by a group of its own (split-K), and they meet as <see cref="IPieceMeeting"/> says. A group
/// holds its piece's sums alone, so that two of 128 rows run on a multiprocessor.
/// <para>
/// Up to 64 rows a group has 64 columns instead of 128: clusters are spread over a device by parts of it that four large groups do not fill evenly, and the
/// multiprocessors that were given two end last.
/// </para>
/// </summary>
public static class PieceWarpgroupKernel
{
    private const int MostNarrowRows = 64;
    private const int StagedBytesPerMultiprocessor = 208 << 10;

    /// <summary>What the compiler is told of launches.</summary>
    public static KernelSpecialization LaunchBounds<TBlocks>()
        where TBlocks : struct, IRowBlocks<TBlocks> => new(Warps<TBlocks>() * MatrixLayout.Lanes, GroupsPerMultiprocessor<TBlocks>());

    /// <summary>Warps of a group of so many rows.</summary>
    public static int WarpsFor(int rows) => rows > MostNarrowRows ? WarpgroupSteps.Warps : WarpgroupSteps.Warps / 2;

    /// <summary>Shared memory that a launch asks for, in bytes.</summary>
    public static int SharedBytes<TWeights, TBlocks>()
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks> =>
        IPacketMemory.LargeBytes(WarpgroupSteps.Packets<TWeights>(Warps<TBlocks>(), 8 * TBlocks.BlockCount, StagedBytes<TBlocks>()), 0);

    /// <summary>The kernel. Grid: [pieces, rows / (8 × blocks), columns / (16 × warps)], rounded up.</summary>
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
        int warps = Warps<TBlocks>();
        int rows = 8 * TBlocks.BlockCount;
        int bytes = StagedBytes<TBlocks>();
        int stepCount = MatrixLayout.StepsFor(input.Octets);
        WarpgroupSteps steps = WarpgroupSteps.Allocate<TUnit, TMemory, TGroup, TWeights>(input, weight, warps, rows, bytes, TBlocks.Count, 0);
        int first = Grid.IdxX * stepsPerPiece;
        steps.Last = IntrinsicMath.Min(first + stepsPerPiece, stepCount);
        steps = WarpgroupSteps.At<TWeights>(steps, warps, rows, bytes, Grid.IdxY * rows, Grid.IdxZ, tiles);
        WarpgroupSteps.Begin<TMemory, TWeights>(steps, warps, rows, bytes, first);
        WarpgroupSteps.Multiply<TUnit, TMemory, TGroup, TWeights>(steps, warps, rows, bytes, 0, first, steps.Last);

        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int row = Grid.IdxY * rows + 2 * (lane & 3);
        int column = (Grid.IdxZ * warps + (Group.IdxX >> 5)) * MatrixLayout.ColumnsPerBlock + (lane >> 2);
        TMeeting.Finish<TGroup, TBlocks, ScaledFinish<TWeights, TFinish>>(pieces, steps.Sums, steps.Staged, output, input.Rows, row, column);
    }

    private static int Warps<TBlocks>()
        where TBlocks : struct, IRowBlocks<TBlocks> => WarpsFor(8 * TBlocks.BlockCount);

    private static int GroupsPerMultiprocessor<TBlocks>()
        where TBlocks : struct, IRowBlocks<TBlocks> => 2 * WarpgroupSteps.Warps / Warps<TBlocks>();

    private static int StagedBytes<TBlocks>()
        where TBlocks : struct, IRowBlocks<TBlocks> => StagedBytesPerMultiprocessor / GroupsPerMultiprocessor<TBlocks>();
}
