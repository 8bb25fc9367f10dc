using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Linear layer of up to eight rows on the matrix unit, bound by reading the weights. A group computes 16 columns; each of its four warps takes
/// one piece of the sum over input features, and the pieces are added in order through shared memory. A lane streams its weights and inputs
/// through shared memory of its own by asynchronous copies, so that many of them are on their way without holding registers and no item
/// waits for another before the end.
/// </summary>
public static class FewRowsLinearKernel
{
    /// <summary>Rows of a group.</summary>
    public const int Rows = 8;

    /// <summary>Warps of a group, and the most pieces of a sum.</summary>
    public const int Warps = 4;

    /// <summary>Items of a group.</summary>
    public const int GroupSize = Warps * MatrixLayout.Lanes;

    /// <summary>What the compiler is told of launches.</summary>
    public static readonly KernelSpecialization LaunchBounds = new(GroupSize, null);

    // Steps on their way at a time; one more has room, which is the one being multiplied.
    private const int StepsAhead = 6;
    private const int Slots = StepsAhead + 1;

    // The two tiles of a block of columns, and the rows.
    private const int PacketsPerStep = 3 * MatrixLayout.Lanes;

    private const int SumsPerWarp = 4 * MatrixLayout.Lanes;

    /// <summary>The kernel. Grid: [rows / 8, columns / 16], both rounded up, so that groups that run side by side share weights.</summary>
    public static void Run<TUnit, TMemory, TFinish>(
        LinearInput input,
        PacketSource weight, // see MatrixLayout
        LinearOutput output,
        int stepsPerPiece)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TFinish : struct, IFinish
    {
        ArrayView<uint> exchange = TUnit.AllocateExchange(Warps);
        StagedPackets staged = TMemory.Allocate(Warps * Slots * PacketsPerStep); // [warp, slot, low tile, high tile or rows, lane]
        ArrayView<float> pieces = SharedMemory.Allocate<float>(Warps * SumsPerWarp); // [warp, element, lane]

        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int warp = Group.IdxX >> 5;
        int firstRow = Grid.IdxX * Rows;
        int steps = MatrixLayout.StepsFor(input.Octets);
        int first = IntrinsicMath.Min(warp * stepsPerPiece, steps);
        int last = IntrinsicMath.Min(first + stepsPerPiece, steps);
        long low = MatrixLayout.FirstPacket(2 * Grid.IdxY, 0, steps) + lane;
        long high = MatrixLayout.FirstPacket(2 * Grid.IdxY + 1, 0, steps) + lane;
        int row = firstRow + (lane >> 2);
        int ring = warp * Slots * PacketsPerStep + lane;

        for (int ahead = 0; ahead < StepsAhead; ahead++)
            StartStep<TMemory>(staged, ring + ahead * PacketsPerStep, weight, low, high, input, row, first + ahead, last);

        MatrixSums sums = default;
        int slot = 0;
        for (int step = first; step < last; step++)
        {
            int free = slot == 0 ? StepsAhead : slot - 1;
            StartStep<TMemory>(staged, ring + free * PacketsPerStep, weight, low, high, input, row, step + StepsAhead, last);
            TMemory.Await(StepsAhead);
            int place = ring + slot * PacketsPerStep;
            Packet firstWeights = TMemory.LoadStaged(staged, place);
            Packet secondWeights = TMemory.LoadStaged(staged, place + MatrixLayout.Lanes);
            Packet octet = TMemory.LoadStaged(staged, place + 2 * MatrixLayout.Lanes);
            sums = MatrixProduct.MultiplyAdd<TUnit>(sums, firstWeights, secondWeights, octet, exchange);
            slot = slot == StepsAhead ? 0 : slot + 1;
        }

        MatrixProduct.Store(sums, pieces, warp * SumsPerWarp + lane, MatrixLayout.Lanes);
        Group.Barrier();

        // Two warps finish: one the even rows, the other the odd ones, a lane two columns at a time.
        row = firstRow + 2 * (lane & 3) + warp;
        if (warp >= 2 || row >= input.Rows)
            return;
        int column = Grid.IdxY * MatrixLayout.ColumnsPerBlock + (lane >> 2);
        int element = warp * MatrixLayout.Lanes + lane;
        TFinish.Finish(output, row, column, AddPieces(pieces, element), AddPieces(pieces, element + 2 * MatrixLayout.Lanes));
    }

    private static float AddPieces(ArrayView<float> pieces, int element)
    {
        float sum = 0;
        sum += pieces[element];
        sum += pieces[element + SumsPerWarp];
        sum += pieces[element + 2 * SumsPerWarp];
        sum += pieces[element + 3 * SumsPerWarp];
        return sum;
    }

    // The batch is closed even where it is empty, so that the number of those on their way is always the same.
    private static void StartStep<TMemory>(
        StagedPackets staged, int place, PacketSource weight, long low, long high, LinearInput input, int row, int step, int last)
        where TMemory : struct, IPacketMemory
    {
        if (step < last)
        {
            TMemory.StartCopy(staged, place, weight, low + (long)step * MatrixLayout.Lanes);
            TMemory.StartCopy(staged, place + MatrixLayout.Lanes, weight, high + (long)step * MatrixLayout.Lanes);
            int octet = step * MatrixLayout.OctetsPerStep + (Group.IdxX & 3);
            TMemory.StartSharedCopy(staged, place + 2 * MatrixLayout.Lanes, input.Packets, input.Place(row, octet), octet < input.Octets);
        }

        TMemory.CloseBatch();
    }
}
