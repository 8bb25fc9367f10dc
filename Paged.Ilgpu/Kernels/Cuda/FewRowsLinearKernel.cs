using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Linear layer of few rows on the matrix unit, bound by reading the weights. A group computes 16 columns; each of its four warps takes one
/// piece of the sum over input features, and the pieces are added in order through shared memory. A lane streams its weights through
/// shared memory of its own by asynchronous copies, so that many of them are on their way without holding registers.
/// </summary>
public static class FewRowsLinearKernel
{
    /// <summary>Warps of a group, and the most pieces of a sum.</summary>
    public const int Warps = 4;

    /// <summary>Items of a group.</summary>
    public const int GroupSize = Warps * MatrixLayout.Lanes;

    /// <summary>What the compiler is told of launches.</summary>
    public static readonly KernelSpecialization LaunchBounds = new(GroupSize, null);

    // Steps on their way at a time; one more has room, which is the one being multiplied.
    private const int StepsAhead = 7;
    private const int Slots = StepsAhead + 1;

    // The two tiles of a block of columns.
    private const int PacketsPerStep = 2 * MatrixLayout.Lanes;

    /// <summary>The kernel. Grid: [rows / (8 × blocks), columns / 16], both rounded up, so that groups that run side by side share weights.</summary>
    public static void Run<TUnit, TMemory, TBlocks, TFinish>(
        LinearInput input,
        PacketSource weight, // see MatrixLayout
        LinearOutput output,
        int stepsPerPiece)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish
    {
        ArrayView<uint> exchange = TUnit.AllocateExchange(Warps);
        StagedPackets staged = TMemory.Allocate(Warps * Slots * PacketsPerStep); // [warp, slot, tile, lane]
        ArrayView<float> sums = SharedMemory.Allocate<float>(Warps * TBlocks.Count * 4 * MatrixLayout.Lanes); // [warp, block, element, lane]

        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int warp = Group.IdxX >> 5;
        int firstRow = Grid.IdxX * TBlocks.Count * 8;
        int steps = MatrixLayout.StepsFor(input.Octets);
        int first = IntrinsicMath.Min(warp * stepsPerPiece, steps);
        int last = IntrinsicMath.Min(first + stepsPerPiece, steps);
        long low = MatrixLayout.FirstPacket(2 * Grid.IdxY, 0, steps) + lane;
        long high = MatrixLayout.FirstPacket(2 * Grid.IdxY + 1, 0, steps) + lane;
        int ring = warp * Slots * PacketsPerStep + lane;

        for (int ahead = 0; ahead < StepsAhead; ahead++)
            StartStep<TMemory>(staged, ring + ahead * PacketsPerStep, weight, low, high, first + ahead, last);

        TBlocks blocks = TBlocks.Fetch<TMemory>(default, input, firstRow, first * MatrixLayout.OctetsPerStep + (lane & 3));
        int slot = 0;
        for (int step = first; step < last; step++)
        {
            int free = slot == 0 ? StepsAhead : slot - 1;
            StartStep<TMemory>(staged, ring + free * PacketsPerStep, weight, low, high, step + StepsAhead, last);
            TMemory.Await(StepsAhead);
            int place = ring + slot * PacketsPerStep;
            Packet lowTile = TMemory.LoadStaged(staged, place);
            Packet highTile = TMemory.LoadStaged(staged, place + MatrixLayout.Lanes);
            blocks = TBlocks.MultiplyAdd<TUnit>(blocks, lowTile, highTile, exchange);
            blocks = TBlocks.Fetch<TMemory>(
                blocks, input, firstRow, (step + 1) * MatrixLayout.OctetsPerStep + (lane & 3));
            slot = slot == StepsAhead ? 0 : slot + 1;
        }

        TBlocks.Store(blocks, sums, warp * TBlocks.Count * 4 * MatrixLayout.Lanes + lane, MatrixLayout.Lanes);
        Group.Barrier();

        // Two warps finish: one the even rows of each block, the other the odd ones, a lane two columns at a time.
        if (warp >= 2)
            return;
        int column = Grid.IdxY * MatrixLayout.ColumnsPerBlock + (lane >> 2);
        for (int block = 0; block < TBlocks.Count; block++)
        {
            int row = firstRow + block * 8 + 2 * (lane & 3) + warp;
            int element = (block * 4 + warp) * MatrixLayout.Lanes + lane;
            if (row < input.Rows)
                TFinish.Finish(output, row, column, AddPieces(sums, element, TBlocks.Count), AddPieces(sums, element + 2 * MatrixLayout.Lanes, TBlocks.Count));
        }
    }

    private static float AddPieces(ArrayView<float> sums, int element, int blocks)
    {
        int piece = blocks * 4 * MatrixLayout.Lanes;
        float sum = 0;
        sum += sums[element];
        sum += sums[element + piece];
        sum += sums[element + 2 * piece];
        sum += sums[element + 3 * piece];
        return sum;
    }

    // The batch is closed even where it is empty, so that the number of those on their way is always the same.
    private static void StartStep<TMemory>(StagedPackets staged, int place, PacketSource weight, long low, long high, int step, int last)
        where TMemory : struct, IPacketMemory
    {
        if (step < last)
        {
            TMemory.StartCopy(staged, place, weight, low + (long)step * MatrixLayout.Lanes);
            TMemory.StartCopy(staged, place + MatrixLayout.Lanes, weight, high + (long)step * MatrixLayout.Lanes);
        }

        TMemory.CloseBatch();
    }
}
