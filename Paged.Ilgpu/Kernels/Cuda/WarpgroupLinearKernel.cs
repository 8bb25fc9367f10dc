using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Linear layer of many rows on the matrix unit of sm_90a. A group of two warpgroups computes tiles of 128 columns and 256 rows, twice those of
/// <see cref="ManyRowsLinearKernel"/>: what bounds that one is the second-level cache, and of a larger tile each byte serves more products. Steps of
/// 32 input features are staged in shared memory, as many as it holds, and while one is multiplied the next are on their way.
/// <para>
/// The pieces of a sum and their order are those of <see cref="FewRowsLinearKernel"/>, and so are the bits. The sum
/// of the pieces before waits in registers and in shared memory, half in each: to fetch it from device memory took as long as half of the products,
/// and in shared memory alone it would leave room for too few steps on their way.
/// </para>
/// </summary>
public static class WarpgroupLinearKernel
{
    /// <summary>Rows of a tile.</summary>
    public const int Rows = 256;

    /// <summary>Groups that run on a multiprocessor at a time.</summary>
    public const int GroupsPerMultiprocessor = 1;

    /// <summary>What the compiler is told of launches.</summary>
    public static readonly KernelSpecialization LaunchBounds = new(WarpgroupSteps.GroupSize, GroupsPerMultiprocessor);

    /// <summary>Blocks of eight rows of a tile.</summary>
    internal const int Blocks = Rows / 8;

    /// <summary>Those whose sums of the pieces before wait in registers, the first ones; the others' wait in shared memory.</summary>
    internal const int KeptBlocks = 16;

    private const int StagedBytes = 160 << 10;
    private const int SumsInMemory = (Blocks - KeptBlocks) * 8 * WarpgroupSteps.Columns;

    /// <summary>Shared memory that a launch asks for, in bytes.</summary>
    public static int SharedBytes<TWeights>()
        where TWeights : struct, IMatrixWeights => IPacketMemory.LargeBytes(WarpgroupSteps.Packets<TWeights>(WarpgroupSteps.Warps, Rows, StagedBytes), SumsInMemory);

    /// <summary>The kernel. Grid: groups, which share the tiles.</summary>
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
        int stepCount = MatrixLayout.StepsFor(input.Octets);
        // Sums are those of a piece, and then those that wait in registers.
        WarpgroupSteps steps = WarpgroupSteps.Allocate<TUnit, TMemory, TGroup, TWeights>(input, weight, WarpgroupSteps.Warps, Rows, StagedBytes, 4 * (Blocks + KeptBlocks), SumsInMemory);
        steps.Last = stepCount;
        ArrayView<float> before = TMemory.LargeSums(SumsInMemory); // [sum, item], see PieceEnd

        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int rowTiles = (input.Rows + Rows - 1) / Rows;
        int columnTiles = (tiles + WarpgroupSteps.Columns / MatrixLayout.ColumnsPerTile - 1) / (WarpgroupSteps.Columns / MatrixLayout.ColumnsPerTile);

        // Groups that run side by side share weights.
        for (int tile = Grid.IdxX; tile < rowTiles * columnTiles; tile += Grid.DimX)
        {
            int firstRow = tile % rowTiles * Rows;
            int columnTile = tile / rowTiles;
            steps = WarpgroupSteps.At<TWeights>(steps, WarpgroupSteps.Warps, Rows, StagedBytes, firstRow, columnTile, tiles);

            // All have read the last step of the tile before.
            Group.Barrier();
            WarpgroupSteps.Begin<TMemory, TWeights>(steps, WarpgroupSteps.Warps, Rows, StagedBytes, 0);
            int place = 0;
            for (int first = 0; first < stepCount; first += stepsPerPiece)
            {
                int last = IntrinsicMath.Min(first + stepsPerPiece, stepCount);
                place = WarpgroupSteps.Multiply<TUnit, TMemory, TGroup, TWeights>(steps, WarpgroupSteps.Warps, Rows, StagedBytes, place, first, last);
                PieceEnd<TGroup, ScaledFinish<TWeights, TFinish>> end;
                end.Sums = steps.Sums;
                end.Before = before;
                end.IsFirst = first == 0;
                end.IsLast = last == stepCount;
                end.Output = output;
                end.Rows = input.Rows;
                end.Row = firstRow + 2 * (lane & 3);
                end.Column = (columnTile * WarpgroupSteps.Warps + (Group.IdxX >> 5)) * MatrixLayout.ColumnsPerBlock + (lane >> 2);
                TBlocks.ForEach(end, 0);
            }
        }
    }
}
