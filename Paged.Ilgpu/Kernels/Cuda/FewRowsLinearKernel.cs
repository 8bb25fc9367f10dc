using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Linear layer of eight or sixteen rows a group on the matrix unit, bound by reading the weights. A group computes 16 columns; each of its four warps
/// takes one piece of the sum over input features, and the pieces are added in order through shared memory. A warp streams its weights and inputs
/// through shared memory of its own by asynchronous copies, so that many of them are on their way without holding registers and no warp
/// waits for another before the end.
/// </summary>
public static class FewRowsLinearKernel
{
    /// <summary>Most rows of a group.</summary>
    public const int MostRows = 16;

    /// <summary>Warps of a group, and the most pieces of a sum.</summary>
    public const int Warps = 4;

    /// <summary>Items of a group.</summary>
    public const int GroupSize = Warps * MatrixLayout.Lanes;

    /// <summary>What the compiler is told of launches.</summary>
    public static readonly KernelSpecialization LaunchBounds = new(GroupSize, null);

    // What a step's packets are staged in, beside the sums of the pieces: 46 KiB.
    private const int MostPackets = (46 << 10) / Packet.SizeInBytes;

    /// <summary>The kernel. Grid: [rows / (8 × blocks), columns / 16], both rounded up: groups that run side by side share weights.</summary>
    public static void Run<TUnit, TMemory, TWeights, TBlocks, TFinish>(
        LinearInput input,
        PacketSource weight, // see MatrixLayout
        LinearOutput output,
        int stepsPerPiece)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish
    {
        // The steps that are on their way at a time; one more has room, which is the one being multiplied.
        int packetsPerStep = (TWeights.PacketsPerBlock + TBlocks.BlockCount) * MatrixLayout.Lanes;
        int slots = MostPackets / (Warps * packetsPerStep);
        int stepsAhead = slots - 1;
        ArrayView<uint> exchange = TUnit.AllocateExchange(Warps);
        StagedPackets staged = TMemory.Allocate(Warps * slots * packetsPerStep); // [warp, slot, weights [packet, lane] then inputs, see StagedInputs]
        ArrayView<float> pieces = SharedMemory.Allocate<float>(Warps * TBlocks.Count * MatrixLayout.Lanes); // [warp, element, lane]

        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int warp = Group.IdxX >> 5;
        int firstRow = Grid.IdxX * TBlocks.BlockCount * 8;
        int steps = MatrixLayout.StepsFor(input.Octets);
        int first = IntrinsicMath.Min(warp * stepsPerPiece, steps);
        int last = IntrinsicMath.Min(first + stepsPerPiece, steps);
        long low = MatrixLayout.FirstPacket(TWeights.PacketsPerBlock * Grid.IdxY, 0, steps) + lane;
        long high = MatrixLayout.FirstPacket(TWeights.PacketsPerBlock * Grid.IdxY + 1, 0, steps) + lane;
        int row = firstRow + (lane >> 2);
        int ring = warp * slots * packetsPerStep;
        int inputs = TWeights.PacketsPerBlock * MatrixLayout.Lanes + StagedInputs.LanePacket(lane);

        // Half of the steps have their weights on the way before the kernel in front has ended; of all, the first product would wait for the last one's.
        int early = slots / 2;
        for (int ahead = 0; ahead < early; ahead++)
            StartWeights<TMemory, TWeights>(staged, ring + ahead * packetsPerStep, weight, low, high, first + ahead, last);
        LaunchOrder.AwaitPrevious();
        for (int ahead = 0; ahead < early; ahead++)
            StartInputs<TMemory, TWeights, TBlocks>(staged, ring + ahead * packetsPerStep, input, row, first + ahead, last);
        for (int ahead = early; ahead < stepsAhead; ahead++)
            StartStep<TMemory, TWeights, TBlocks>(staged, ring + ahead * packetsPerStep, weight, low, high, input, row, first + ahead, last);

        TBlocks sums = default;
        int slot = 0;
        for (int step = first; step < last; step++)
        {
            int free = slot == 0 ? stepsAhead : slot - 1;
            StartStep<TMemory, TWeights, TBlocks>(staged, ring + free * packetsPerStep, weight, low, high, input, row, step + stepsAhead, last);

            // Past the barrier the copies of all lanes have arrived. Products are the whole warp's, so all lanes have read a step when one goes on.
            TMemory.Await(stepsAhead);
            Warp.Barrier();
            int place = ring + slot * packetsPerStep;
            BlockWeights weights = TWeights.Load<TUnit, TMemory>(staged, place + lane);
            sums = TBlocks.MultiplyAdd<TUnit, TMemory>(sums, weights.First, weights.Second, staged, place + inputs, exchange);
            slot = slot == stepsAhead ? 0 : slot + 1;
        }

        int sumsPerWarp = TBlocks.Count * MatrixLayout.Lanes;
        TBlocks.Store(sums, pieces, warp * sumsPerWarp + lane, MatrixLayout.Lanes);
        Group.Barrier();

        // A warp finishes the even rows of a block or the odd ones, a lane two columns at a time.
        row = firstRow + 8 * (warp >> 1) + 2 * (lane & 3) + (warp & 1);
        if (warp >= 2 * TBlocks.BlockCount || row >= input.Rows)
            return;
        int column = Grid.IdxY * MatrixLayout.ColumnsPerBlock + (lane >> 2);
        int element = ((warp >> 1) * 4 + (warp & 1)) * MatrixLayout.Lanes + lane;
        ScaledFinish<TWeights, TFinish>.Finish(
            LinearTarget.At<TFinish>(output, input.Rows, row, column),
            0,
            AddPieces(pieces, element, sumsPerWarp),
            AddPieces(pieces, element + 2 * MatrixLayout.Lanes, sumsPerWarp));
    }

    private static float AddPieces(ArrayView<float> pieces, int element, int sumsPerWarp)
    {
        float sum = 0;
        sum += pieces[element];
        sum += pieces[element + sumsPerWarp];
        sum += pieces[element + 2 * sumsPerWarp];
        sum += pieces[element + 3 * sumsPerWarp];
        return sum;
    }

    private static void StartStep<TMemory, TWeights, TBlocks>(
        StagedPackets staged, int place, PacketSource weight, long low, long high, LinearInput input, int row, int step, int last)
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks>
    {
        StartWeights<TMemory, TWeights>(staged, place, weight, low, high, step, last);
        StartInputs<TMemory, TWeights, TBlocks>(staged, place, input, row, step, last);
    }

    private static void StartWeights<TMemory, TWeights>(
        StagedPackets staged, int place, PacketSource weight, long low, long high, int step, int last)
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
    {
        if (step >= last)
            return;
        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        TMemory.StartStreamedCopy(staged, place + lane, weight, low + (long)step * MatrixLayout.Lanes);
        if (TWeights.PacketsPerBlock > 1)
            TMemory.StartStreamedCopy(staged, place + lane + MatrixLayout.Lanes, weight, high + (long)step * MatrixLayout.Lanes);
    }

    // Closes the step's batch, even where it is empty, so that the number of those on their way is always the same.
    private static void StartInputs<TMemory, TWeights, TBlocks>(StagedPackets staged, int place, LinearInput input, int row, int step, int last)
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks>
    {
        if (step < last)
        {
            int octet = step * MatrixLayout.OctetsPerStep + StagedInputs.OctetOf(Group.IdxX);
            int inputs = place + TWeights.PacketsPerBlock * MatrixLayout.Lanes + (Group.IdxX & (MatrixLayout.Lanes - 1));
            TMemory.StartSharedCopy(staged, inputs, input.Packets, input.Place(row, octet), octet < input.Octets);
            if (TBlocks.BlockCount > 1)
                TMemory.StartSharedCopy(staged, inputs + MatrixLayout.Lanes, input.Packets, input.Place(row + 8, octet), octet < input.Octets);
        }

        TMemory.CloseBatch();
    }
}
