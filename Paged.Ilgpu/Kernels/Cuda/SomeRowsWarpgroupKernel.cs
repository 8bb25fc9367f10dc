using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Linear layer of some rows, up to 128 a group, on the matrix unit of sm_90a: <see cref="SomeRowsLinearKernel"/> with two warpgroups, which
/// read the inputs from shared memory without a register for them, so that a group has 128 columns and the inputs are brought half as often.
/// </summary>
public static class SomeRowsWarpgroupKernel
{
    /// <summary>Columns of a group.</summary>
    public const int Columns = Warps * MatrixLayout.ColumnsPerBlock;

    /// <summary>Items of a group.</summary>
    public const int GroupSize = WarpgroupLinearKernel.GroupSize;

    private const int Warps = GroupSize / MatrixLayout.Lanes;

    /// <summary>What the compiler is told of launches.</summary>
    public static KernelSpecialization LaunchBounds<TWeights, TBlocks>()
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks> => new(GroupSize, GroupsPerMultiprocessor<TWeights, TBlocks>());

    /// <summary>Shared memory that a launch asks for, in bytes.</summary>
    public static int SharedBytes<TWeights, TBlocks>()
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks> => IPacketMemory.LargeBytes(Slots<TWeights, TBlocks>() * PacketsPerSlot<TWeights, TBlocks>(), 0);

    /// <summary>The kernel. Grid: [1 or pieces, rows / (8 × blocks), columns / 128], rounded up.</summary>
    public static void Run<TUnit, TMemory, TGroup, TWeights, TBlocks, TFinish>(
        LinearInput input,
        PacketSource weight, // see MatrixLayout
        LinearOutput output,
        PieceExchange pieces,
        int tiles, // of eight columns, padding included
        int stepsPerPiece)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TGroup : struct, IWarpgroup
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish
    {
        int weightPackets = Warps * TWeights.PacketsPerBlock * MatrixLayout.Lanes;
        int packetsPerSlot = PacketsPerSlot<TWeights, TBlocks>();
        int slots = Slots<TWeights, TBlocks>();
        ArrayView<uint> exchange = TUnit.AllocateExchange(Warps);
        StagedPackets staged = TMemory.AllocateLarge(slots * packetsPerSlot, 0); // [slot, weights [block, packet, lane] then inputs, see StagedInputs]
        ArrayView<float> sums = TGroup.AllocateSums(TBlocks.Count);

        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int warp = Group.IdxX >> 5;
        int steps = MatrixLayout.StepsFor(input.Octets);
        int firstRow = Grid.IdxY * TBlocks.BlockCount * 8;
        int block = Grid.IdxZ * Warps + warp;

        // A matrix has fewer than 2^31 packets, 32 GiB.
        int source = (int)MatrixLayout.FirstPacket(TWeights.PacketsPerBlock * IntrinsicMath.Min(block, tiles / 2 - 1), 0, steps) + lane;
        int weights = TWeights.PacketsPerBlock * warp * MatrixLayout.Lanes + lane;

        bool isOnePiece = Grid.DimX > 1;
        int first = isOnePiece ? Grid.IdxX * stepsPerPiece : 0;
        int last = isOnePiece ? IntrinsicMath.Min(first + stepsPerPiece, steps) : steps;
        for (int ahead = 0; ahead < slots - 1; ahead++)
            StartStep<TMemory, TWeights, TBlocks>(staged, ahead * packetsPerSlot, weights, weight, source, input, firstRow, first + ahead, last);

        TBlocks total = default;
        int place = 0;
        int step = first;
        while (step < last)
        {
            int pieceStart = step;
            int pieceEnd = IntrinsicMath.Min(step + stepsPerPiece, last);
            for (; step < pieceEnd; step++)
            {
                // Past the barrier the copies of all items have arrived, and the slot of the last step is free.
                TMemory.Await(slots - 2);
                TGroup.ShareStaged();
                Group.Barrier();
                BlockWeights columns = TWeights.Load<TUnit, TMemory>(staged, place + weights);
                TGroup.StartMultiplyAdd(sums, columns, staged, place + weightPackets, 8 * TBlocks.BlockCount, step == pieceStart, exchange);
                int free = place == 0 ? (slots - 1) * packetsPerSlot : place - packetsPerSlot;
                StartStep<TMemory, TWeights, TBlocks>(staged, free, weights, weight, source, input, firstRow, step + slots - 1, last);
                place = place == (slots - 1) * packetsPerSlot ? 0 : place + packetsPerSlot;
                TGroup.Await();
            }

            TBlocks piece = TBlocks.Read<TGroup>(sums, 0);
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

        // Made anew, so that no register holds them meanwhile.
        lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int row = Grid.IdxY * TBlocks.BlockCount * 8 + 2 * (lane & 3);
        int column = (Grid.IdxZ * Warps + (Group.IdxX >> 5)) * MatrixLayout.ColumnsPerBlock + (lane >> 2);
        TBlocks.Finish<ScaledFinish<TWeights, TFinish>>(total, output, input.Rows, row, column);
    }

    // What the sums of so many rows, and bytes that are made 16 bits, leave of the registers.
    private static int GroupsPerMultiprocessor<TWeights, TBlocks>()
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks> => TBlocks.BlockCount > (TWeights.PacketsPerBlock > 1 ? 8 : 4) ? 1 : 2;

    private static int PacketsPerSlot<TWeights, TBlocks>()
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks> => (Warps * TWeights.PacketsPerBlock + TBlocks.BlockCount) * MatrixLayout.Lanes;

    private static int Slots<TWeights, TBlocks>()
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks> =>
        (208 << 10) / (GroupsPerMultiprocessor<TWeights, TBlocks>() * PacketsPerSlot<TWeights, TBlocks>() * Packet.SizeInBytes);

    // The batch is closed even where it is empty, so that the number of those on their way is always the same. A warp brings its own weights,
    // and the items of the group a packet of every 64th row.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StartStep<TMemory, TWeights, TBlocks>(
        StagedPackets staged, int place, int weights, PacketSource weight, int source, LinearInput input, int firstRow, int step, int last)
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks>
    {
        if (step < last)
        {
            int packet = source + step * MatrixLayout.Lanes;
            TMemory.StartCopy(staged, place + weights, weight, packet);
            if (TWeights.PacketsPerBlock > 1)
                TMemory.StartCopy(staged, place + weights + MatrixLayout.Lanes, weight, packet + MatrixLayout.StepsFor(input.Octets) * MatrixLayout.Lanes);

            int octet = step * MatrixLayout.OctetsPerStep + StagedInputs.OctetOf(Group.IdxX);
            int target = place + Warps * TWeights.PacketsPerBlock * MatrixLayout.Lanes + Group.IdxX;
            int row = firstRow + (Group.IdxX >> 2);
            bool isPresent = octet < input.Octets;
            if (TBlocks.BlockCount >= Warps || Group.IdxX < TBlocks.BlockCount * MatrixLayout.Lanes)
                TMemory.StartSharedCopy(staged, target, input.Packets, input.Place(row, octet), isPresent);
            if (TBlocks.BlockCount > Warps)
                TMemory.StartSharedCopy(staged, target + GroupSize, input.Packets, input.Place(row + GroupSize / MatrixLayout.OctetsPerStep, octet), isPresent);
        }

        TMemory.CloseBatch();
    }
}
