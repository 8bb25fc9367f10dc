using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Linear layer of some rows, up to 64 a group, on the matrix unit, bound by reading the weights. A group computes 64 columns, a warp 16 of
/// them and all of the group's rows: each weight goes to one warp, and the inputs, which all warps share, are brought once for 64 columns. As
/// many steps of 32 input features as shared memory holds are on their way. The pieces of a sum are those of <see cref="FewRowsLinearKernel"/>,
/// see <see cref="ManyRowsLinearKernel"/> for how they are kept apart.
/// </summary>
public static class SomeRowsLinearKernel
{
    /// <summary>Columns of a group.</summary>
    public const int Columns = Warps * MatrixLayout.ColumnsPerBlock;

    /// <summary>Items of a group.</summary>
    public const int GroupSize = Warps * MatrixLayout.Lanes;

    /// <summary>What the compiler is told of launches: as many groups a multiprocessor as its shared memory holds.</summary>
    public static readonly KernelSpecialization LaunchBounds = new(GroupSize, 4);

    private const int Warps = 4;
    private const int MostPackets = (48 << 10) / Packet.SizeInBytes;

    /// <summary>The kernel. Grid: [1 or pieces, rows / (8 × blocks), columns / 64], rounded up.</summary>
    public static void Run<TUnit, TMemory, TWeights, TBlocks, TFinish>(
        LinearInput input,
        PacketSource weight, // see MatrixLayout
        LinearOutput output,
        PieceExchange pieces,
        int tiles, // of eight columns, padding included
        int stepsPerPiece)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish
    {
        int weightPackets = TWeights.PacketsPerBlock * Warps * MatrixLayout.Lanes;
        int packetsPerSlot = weightPackets + TBlocks.BlockCount * MatrixLayout.Lanes;
        int slots = MostPackets / packetsPerSlot;
        ArrayView<uint> exchange = TUnit.AllocateExchange(Warps);
        StagedPackets staged = TMemory.Allocate(slots * packetsPerSlot); // [slot, weights [packet, lane] then inputs, see StagedInputs]

        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int warp = Group.IdxX >> 5;
        int steps = MatrixLayout.StepsFor(input.Octets);
        int firstRow = Grid.IdxY * TBlocks.BlockCount * 8;
        int block = Grid.IdxZ * Warps + warp;
        long low = MatrixLayout.FirstPacket(TWeights.PacketsPerBlock * IntrinsicMath.Min(block, tiles / 2 - 1), 0, steps) + lane;
        long high = low + (long)steps * MatrixLayout.Lanes;
        int weights = TWeights.PacketsPerBlock * warp * MatrixLayout.Lanes + lane;
        int inputs = weightPackets + StagedInputs.LanePacket(lane);

        bool isOnePiece = Grid.DimX > 1;
        int first = isOnePiece ? Grid.IdxX * stepsPerPiece : 0;
        int last = isOnePiece ? IntrinsicMath.Min(first + stepsPerPiece, steps) : steps;

        // As in the kernel for few rows, half of the steps have their weights on the way early.
        int early = slots / 2;
        for (int ahead = 0; ahead < early; ahead++)
            StartWeights<TMemory, TWeights>(staged, ahead * packetsPerSlot, weights, weight, low, high, first + ahead, last);
        LaunchOrder.AwaitPrevious();
        for (int ahead = 0; ahead < early; ahead++)
            StartInputs<TMemory, TWeights, TBlocks>(staged, ahead * packetsPerSlot, input, firstRow, first + ahead, last);
        for (int ahead = early; ahead < slots - 1; ahead++)
            StartStep<TMemory, TWeights, TBlocks>(staged, ahead * packetsPerSlot, weights, weight, low, high, input, firstRow, first + ahead, last);

        TBlocks total = default;
        int slot = 0;
        int step = first;
        while (step < last)
        {
            int pieceEnd = IntrinsicMath.Min(step + stepsPerPiece, last);
            TBlocks piece = default;
            for (; step < pieceEnd; step++)
            {
                // Past the barrier the copies of all items have arrived, and the slot of the last step is free.
                TMemory.Await(slots - 2);
                Group.Barrier();
                int free = slot == 0 ? slots - 1 : slot - 1;
                StartStep<TMemory, TWeights, TBlocks>(
                    staged, free * packetsPerSlot, weights, weight, low, high, input, firstRow, step + slots - 1, last);
                int place = slot * packetsPerSlot;
                BlockWeights columns = TWeights.Load<TUnit, TMemory>(staged, place + weights);
                piece = TBlocks.MultiplyAdd<TUnit, TMemory>(piece, columns.First, columns.Second, staged, place + inputs, exchange);
                slot = slot == slots - 1 ? 0 : slot + 1;
            }

            if (isOnePiece)
            {
                if (!pieces.TryCollect(Grid.IdxZ * Grid.DimY + Grid.IdxY, Grid.IdxX, Grid.DimX, ref piece))
                    return;
                total = piece;
            }
            else
            {
                total = TBlocks.Add(total, piece);
            }
        }

        int column = block * MatrixLayout.ColumnsPerBlock + (lane >> 2);
        TBlocks.Finish<ScaledFinish<TWeights, TFinish>>(total, LinearTarget.At<TFinish>(output, input.Rows, firstRow + 2 * (lane & 3), column), 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StartStep<TMemory, TWeights, TBlocks>(
        StagedPackets staged, int place, int weights, PacketSource weight, long low, long high, LinearInput input, int firstRow, int step, int last)
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks>
    {
        StartWeights<TMemory, TWeights>(staged, place, weights, weight, low, high, step, last);
        StartInputs<TMemory, TWeights, TBlocks>(staged, place, input, firstRow, step, last);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StartWeights<TMemory, TWeights>(
        StagedPackets staged, int place, int weights, PacketSource weight, long low, long high, int step, int last)
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
    {
        if (step >= last)
            return;
        TMemory.StartStreamedCopy(staged, place + weights, weight, low + (long)step * MatrixLayout.Lanes);
        if (TWeights.PacketsPerBlock > 1)
            TMemory.StartStreamedCopy(staged, place + weights + MatrixLayout.Lanes, weight, high + (long)step * MatrixLayout.Lanes);
    }

    // Each warp brings every fourth block of rows. Closes the step's batch, even where it is empty, so that the number of those on their way is
    // always the same.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StartInputs<TMemory, TWeights, TBlocks>(StagedPackets staged, int place, LinearInput input, int firstRow, int step, int last)
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks>
    {
        if (step < last)
        {
            int octet = step * MatrixLayout.OctetsPerStep + StagedInputs.OctetOf(Group.IdxX);
            int inputs = place + TWeights.PacketsPerBlock * Warps * MatrixLayout.Lanes;
            for (int part = 0; part < (TBlocks.BlockCount + Warps - 1) / Warps; part++)
            {
                int index = part * GroupSize + Group.IdxX;
                if (index < TBlocks.BlockCount * MatrixLayout.Lanes)
                {
                    long source = input.Place(firstRow + (index >> 2), octet);
                    TMemory.StartSharedCopy(staged, inputs + index, input.Packets, source, octet < input.Octets);
                }
            }
        }

        TMemory.CloseBatch();
    }
}
