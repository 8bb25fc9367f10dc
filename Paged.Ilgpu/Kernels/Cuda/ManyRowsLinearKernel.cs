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
    public static void Run<TUnit, TMemory, TWeights, TFinish>(
        LinearInput input,
        PacketSource weight, // see MatrixLayout
        LinearOutput output,
        PieceExchange pieces, // where groups share the tiles, [group, sum, item]
        int tiles, // of eight columns, padding included
        int stepsPerPiece)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
        where TFinish : struct, IFinish
    {
        int runs = Blocks * TWeights.PacketsPerBlock; // of 32 packets of a step
        int weightPackets = runs * MatrixLayout.Lanes;
        int packetsPerSlot = weightPackets + InputPackets;
        int slots = MostPackets / packetsPerSlot;
        ArrayView<uint> exchange = TUnit.AllocateExchange(GroupSize / MatrixLayout.Lanes);
        StagedPackets staged = TMemory.Allocate(slots * packetsPerSlot); // [slot, weights [run, lane] then inputs [row, octet]]

        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int warp = Group.IdxX >> 5;
        int steps = MatrixLayout.StepsFor(input.Octets);
        int weights = (warp & 1) * (runs / 2) * MatrixLayout.Lanes + lane;
        int inputs = weightPackets + (warp >> 1) * WarpTile.Rows * MatrixLayout.OctetsPerStep + lane;

        bool isOnePiece = Grid.DimZ > 1;
        int first = isOnePiece ? Grid.IdxZ * stepsPerPiece : 0;
        int last = isOnePiece ? IntrinsicMath.Min(first + stepsPerPiece, steps) : steps;
        int rowTiles = (input.Rows + Rows - 1) / Rows;
        int blocks = tiles / 2;
        int allTiles = rowTiles * ((blocks + Blocks - 1) / Blocks);

        // Groups that run side by side share weights.
        for (int tile = Grid.IdxX; tile < allTiles; tile += Grid.DimX)
        {
            int firstRow = tile % rowTiles * Rows;
            int firstBlock = tile / rowTiles * Blocks;
            CopySources sources = CopySources.Of<TWeights>(input, firstBlock, blocks, firstRow, steps);

            // All have read the last step of the tile before.
            Group.Barrier();
            for (int ahead = 0; ahead < slots - 1; ahead++)
                StartStep<TMemory, TWeights>(staged, ahead * packetsPerSlot, input, weight, sources, first + ahead, last);

            int slot = 0;
            int step = first;
            while (step < last)
            {
                bool isFirst = step == first;
                int pieceEnd = IntrinsicMath.Min(step + stepsPerPiece, last);
                WarpTile sums = default;
                for (; step < pieceEnd; step++)
                {
                    // Past the barrier the copies of all items have arrived, and the slot of the last step is free.
                    TMemory.Await(slots - 2);
                    Group.Barrier();
                    int free = slot == 0 ? slots - 1 : slot - 1;
                    StartStep<TMemory, TWeights>(staged, free * packetsPerSlot, input, weight, sources, step + slots - 1, last);
                    int place = slot * packetsPerSlot;
                    sums = WarpTile.MultiplyAdd<TUnit, TMemory, TWeights>(sums, staged, place + weights, place + inputs, exchange);
                    slot = slot == slots - 1 ? 0 : slot + 1;
                }

                if (isOnePiece)
                {
                    if (!pieces.TryCollect(tile, ref sums))
                        return;
                }
                else
                {
                    // The first piece is added to zero as in the other forms: a negative zero becomes a positive one.
                    sums = isFirst ? WarpTile.Add(default, sums) : WarpTile.AddStored(sums, pieces.Pieces, OwnSums(), GroupSize);
                }

                if (step < last)
                {
                    WarpTile.Store(sums, pieces.Pieces, OwnSums(), GroupSize);
                }
                else
                {
                    int row = firstRow + (warp >> 1) * WarpTile.Rows + 2 * (lane & 3);
                    int column = firstBlock * MatrixLayout.ColumnsPerBlock + (warp & 1) * WarpTile.Columns + (lane >> 2);
                    WarpTile.Finish<ScaledFinish<TWeights, TFinish>>(sums, output, input.Rows, row, column);
                }
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
            int packet = step * MatrixLayout.Lanes;
            TMemory.StartCopy(staged, target, weight, sources.Weight0 + packet);
            TMemory.StartCopy(staged, target + GroupSize, weight, sources.Weight1 + packet);
            if (TWeights.PacketsPerBlock > 1)
            {
                TMemory.StartCopy(staged, target + 2 * GroupSize, weight, sources.Weight2 + packet);
                TMemory.StartCopy(staged, target + 3 * GroupSize, weight, sources.Weight3 + packet);
            }

            int firstInput = target + Blocks * TWeights.PacketsPerBlock * MatrixLayout.Lanes;
            int octet = step * MatrixLayout.OctetsPerStep;
            bool isPresent = octet + (Group.IdxX & 3) < input.Octets;
            TMemory.StartCopy(staged, firstInput, input.Packets, sources.Input0 + octet, isPresent);
            TMemory.StartCopy(staged, firstInput + GroupSize, input.Packets, sources.Input1 + octet, isPresent);
            TMemory.StartCopy(staged, firstInput + 2 * GroupSize, input.Packets, sources.Input2 + octet, isPresent);
            TMemory.StartCopy(staged, firstInput + 3 * GroupSize, input.Packets, sources.Input3 + octet, isPresent);
        }

        TMemory.CloseBatch();
    }

    // Packets that an item brings in the first step of a tile. Whole numbers: a matrix has fewer than 2^31 packets, 32 GiB.
    private struct CopySources
    {
        public int Weight0;
        public int Weight1;
        public int Weight2;
        public int Weight3;
        public int Input0;
        public int Input1;
        public int Input2;
        public int Input3;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static CopySources Of<TWeights>(LinearInput input, int firstBlock, int blocks, int firstRow, int steps)
            where TWeights : struct, IMatrixWeights
        {
            CopySources sources;
            int run = firstBlock * TWeights.PacketsPerBlock + (Group.IdxX >> 5);
            int runs = blocks * TWeights.PacketsPerBlock;
            sources.Weight0 = WeightOf(run, runs, steps);
            sources.Weight1 = WeightOf(run + GroupSize / MatrixLayout.Lanes, runs, steps);
            sources.Weight2 = WeightOf(run + 2 * (GroupSize / MatrixLayout.Lanes), runs, steps);
            sources.Weight3 = WeightOf(run + 3 * (GroupSize / MatrixLayout.Lanes), runs, steps);
            int row = firstRow + (Group.IdxX >> 2);
            sources.Input0 = (int)input.Place(row, Group.IdxX & 3);
            sources.Input1 = (int)input.Place(row + GroupSize / MatrixLayout.OctetsPerStep, Group.IdxX & 3);
            sources.Input2 = (int)input.Place(row + 2 * (GroupSize / MatrixLayout.OctetsPerStep), Group.IdxX & 3);
            sources.Input3 = (int)input.Place(row + 3 * (GroupSize / MatrixLayout.OctetsPerStep), Group.IdxX & 3);
            return sources;
        }

        private static int WeightOf(int run, int runs, int steps) =>
            (int)MatrixLayout.FirstPacket(IntrinsicMath.Min(run, runs - 1), 0, steps) + (Group.IdxX & (MatrixLayout.Lanes - 1));
    }
}
