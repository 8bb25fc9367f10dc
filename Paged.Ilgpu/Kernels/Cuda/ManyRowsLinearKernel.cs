using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Linear layer of many rows on the matrix unit. A group of four warps computes tiles of 128 columns and 128 rows, a warp a quarter of one
/// (<see cref="WarpTile"/>); weights and inputs of steps of 32 input features are staged in shared memory, two further steps, or three
/// of weights of eight bits, being on their way while one is multiplied.
/// <para>
/// The pieces of a sum are those of <see cref="FewRowsLinearKernel"/>, summed apart and added in the same order, so that both give the same
/// bits. Registers hold one piece alone, which is what lets two groups run on a multiprocessor; the sum of the pieces before waits in
/// device memory, in a place of the group's own that the second-level cache holds. Where there are too few tiles for a device, each piece has
/// a group of its own, and the group of a tile that ends last adds the pieces, in their order.
/// </para>
/// </summary>
public static class ManyRowsLinearKernel
{
    /// <summary>Columns of a tile.</summary>
    public const int Columns = 2 * WarpTile.Columns;

    /// <summary>Rows of a tile.</summary>
    public const int Rows = 2 * WarpTile.Rows;

    /// <summary>Items of a group.</summary>
    public const int GroupSize = 4 * MatrixLayout.Lanes;

    /// <summary>Groups that run on a multiprocessor at a time: what 255 registers an item allow.</summary>
    public const int GroupsPerMultiprocessor = 2;

    /// <summary>What the compiler is told of launches.</summary>
    public static readonly KernelSpecialization LaunchBounds = new(GroupSize, GroupsPerMultiprocessor);

    private const int Blocks = Columns / MatrixLayout.ColumnsPerBlock;
    private const int InputPackets = Rows * MatrixLayout.OctetsPerStep;
    private const int MostPackets = (48 << 10) / Packet.SizeInBytes;

    /// <summary>The kernel. Grid: [groups, which share the tiles, or tiles; 1; 1 or pieces].</summary>
    public static void Run<TUnit, TMemory, TWeights, TShare, TFinish>(
        LinearInput input,
        PacketSource weight, // see MatrixLayout
        LinearOutput output,
        PieceExchange pieces, // where groups share the tiles, [group, sum, item]
        int tiles, // of eight columns, padding included
        int stepsPerPiece)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
        where TShare : struct, IGroupShare
        where TFinish : struct, IFinish
    {
        LaunchOrder.AwaitPrevious();
        int runsPerTile = Blocks * TWeights.PacketsPerBlock; // of 32 packets of a step
        int weightPackets = runsPerTile * MatrixLayout.Lanes;
        int packetsPerSlot = weightPackets + InputPackets;
        int slots = MostPackets / packetsPerSlot;
        ArrayView<uint> exchange = TUnit.AllocateExchange(GroupSize / MatrixLayout.Lanes);
        StagedPackets staged = TMemory.Allocate(slots * packetsPerSlot); // [slot, weights [run, lane] then inputs, see StagedInputs]

        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int warp = Group.IdxX >> 5;
        int steps = MatrixLayout.StepsFor(input.Octets);

        int first = TShare.IsOnePiece ? Grid.IdxZ * stepsPerPiece : 0;
        int last = TShare.IsOnePiece ? IntrinsicMath.Min(first + stepsPerPiece, steps) : steps;
        int rowTiles = (input.Rows + Rows - 1) / Rows;

        // Groups that run side by side share weights.
        for (int tile = Grid.IdxX; ; tile += Grid.DimX)
        {
            int firstRow = tile % rowTiles * Rows;
            int firstRun = tile / rowTiles * runsPerTile;
            int runs = TWeights.PacketsPerBlock > 1 ? tiles : tiles / 2;
            if (firstRun >= runs)
                return;
            CopySources sources = CopySources.Of(input, firstRun, runs, firstRow, steps);

            // All have read the last step of the tile before.
            Group.Barrier();
            for (int ahead = 0; ahead < slots - 1; ahead++)
                StartStep<TMemory, TWeights>(staged, ahead * packetsPerSlot, input, weight, sources, first + ahead, last);

            // Made anew for each tile, so that no register holds them while sums are finished.
            int weights = ((Group.IdxX >> 5) & 1) * (runsPerTile / 2) * MatrixLayout.Lanes + (Group.IdxX & (MatrixLayout.Lanes - 1));
            int inputs = weightPackets + (Group.IdxX >> 6) * WarpTile.Rows * MatrixLayout.OctetsPerStep
                + StagedInputs.LanePacket(Group.IdxX & (MatrixLayout.Lanes - 1));
            int place = 0;
            int step = first;
            while (step < last)
            {
                int pieceEnd = IntrinsicMath.Min(step + stepsPerPiece, last);
                WarpTile sums = default;
                for (; step < pieceEnd; step++)
                {
                    // Past the barrier the copies of all items have arrived, and the slot of the last step is free.
                    TMemory.Await(slots - 2);
                    Group.Barrier();
                    int free = place == 0 ? (slots - 1) * packetsPerSlot : place - packetsPerSlot;
                    StartStep<TMemory, TWeights>(staged, free, input, weight, sources, step + slots - 1, last);
                    sums = WarpTile.MultiplyAdd<TUnit, TMemory, TWeights>(sums, staged, place + weights, place + inputs, exchange);
                    place = place == (slots - 1) * packetsPerSlot ? 0 : place + packetsPerSlot;
                }

                int row = firstRow + (warp >> 1) * WarpTile.Rows + 2 * (lane & 3);
                int column = firstRun * (Columns / runsPerTile) + (warp & 1) * WarpTile.Columns + (lane >> 2);
                if (TShare.IsOnePiece)
                {
                    if (pieces.LayDown(tile, Grid.IdxZ, Grid.DimZ, sums))
                        WarpTile.FinishPieces<ScaledFinish<TWeights, TFinish>>(pieces, tile, Grid.DimZ, output, input.Rows, row, column);
                    return;
                }

                // The first piece is added to zero as in the other forms: a negative zero becomes a positive one.
                sums = WarpTile.AddStored(sums, pieces.Pieces, OwnSums(), GroupSize, step <= stepsPerPiece ? 0 : uint.MaxValue);
                if (step < last)
                    WarpTile.Store(sums, pieces.Pieces, OwnSums(), GroupSize);
                else
                    WarpTile.Finish<ScaledFinish<TWeights, TFinish>>(sums, output, input.Rows, row, column);
            }
        }
    }

    // Where an item keeps its sums of the pieces before: asked for when it is needed, so that no register holds it meanwhile.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long OwnSums() => (long)Grid.IdxX * WarpTile.Count * GroupSize + Group.IdxX;

    // The batch is closed even where it is empty, so that the number of those on their way is always the same. Written out: ILGPU leaves
    // loops as they are, and their counting takes as long as the products.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StartStep<TMemory, TWeights>(
        StagedPackets staged, int place, LinearInput input, PacketSource weight, CopySources sources, int step, int last)
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
    {
        if (step < last)
        {
            int target = place + Group.IdxX;
            int packet = sources.Weight + step * MatrixLayout.Lanes;
            int nextRuns = MatrixLayout.StepsFor(input.Octets) * GroupSize;
            TMemory.StartCopy(staged, target, weight, packet, (sources.Present & 1) != 0);
            TMemory.StartCopy(staged, target + GroupSize, weight, packet + nextRuns, (sources.Present & 2) != 0);
            if (TWeights.PacketsPerBlock > 1)
            {
                TMemory.StartCopy(staged, target + 2 * GroupSize, weight, packet + 2 * nextRuns, (sources.Present & 4) != 0);
                TMemory.StartCopy(staged, target + 3 * GroupSize, weight, packet + 3 * nextRuns, (sources.Present & 8) != 0);
            }

            int octet = step * MatrixLayout.OctetsPerStep;
            int present = octet + StagedInputs.OctetOf(Group.IdxX) < input.Octets ? sources.Present : 0;
            target += Blocks * TWeights.PacketsPerBlock * MatrixLayout.Lanes;
            packet = sources.Input + octet;
            int nextRows = input.Octets * (GroupSize / MatrixLayout.OctetsPerStep);
            TMemory.StartCopy(staged, target, input.Packets, packet, (present & 16) != 0);
            TMemory.StartCopy(staged, target + GroupSize, input.Packets, packet + nextRows, (present & 32) != 0);
            TMemory.StartCopy(staged, target + 2 * GroupSize, input.Packets, packet + 2 * nextRows, (present & 64) != 0);
            TMemory.StartCopy(staged, target + 3 * GroupSize, input.Packets, packet + 3 * nextRows, (present & 128) != 0);
        }

        TMemory.CloseBatch();
    }

    // What an item brings in the first step of a tile: of every fourth run of weights and every 32nd row a packet. Whole numbers: a matrix has
    // fewer than 2^31 packets, 32 GiB.
    private struct CopySources
    {
        public int Weight;
        public int Input;
        public int Present; // a bit for each packet that there is, weights first

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static CopySources Of(LinearInput input, int firstRun, int runs, int firstRow, int steps)
        {
            int run = firstRun + (Group.IdxX >> 5);
            int row = firstRow + (Group.IdxX >> 2);
            CopySources sources;
            sources.Weight = (int)MatrixLayout.FirstPacket(run, 0, steps) + (Group.IdxX & (MatrixLayout.Lanes - 1));
            sources.Input = row * input.Octets + StagedInputs.OctetOf(Group.IdxX);
            int runsLeft = IntrinsicMath.Min((runs - run + 3) >> 2, 4);
            int rowsLeft = IntrinsicMath.Min((input.Rows - row + 31) >> 5, 4);
            sources.Present = ((1 << IntrinsicMath.Max(runsLeft, 0)) - 1) | ((1 << IntrinsicMath.Max(rowsLeft, 0)) - 1) << 4;
            return sources;
        }
    }
}
