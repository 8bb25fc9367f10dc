using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Linear layer of some or many rows on the matrix unit of sm_90a. A group of two warpgroups computes tiles of 128 columns and of 32, 64 or 128
/// rows; steps of 32 input features are staged in shared memory, as many as it holds, and while one is multiplied the next are on their way.
/// <para>
/// The pieces of a sum and their order are those of <see cref="FewRowsLinearKernel"/>, and so are the bits. The sum of the pieces before
/// waits in device memory, in a place of the group's own that the second-level cache holds; where there are too few tiles for a device, each piece
/// has a group of its own, and the group of a tile that ends last adds them.
/// </para>
/// </summary>
public static class WarpgroupLinearKernel
{
    /// <summary>Columns of a tile.</summary>
    public const int Columns = Warps * MatrixLayout.ColumnsPerBlock;

    /// <summary>Items of a group.</summary>
    public const int GroupSize = Warps * MatrixLayout.Lanes;

    /// <summary>Groups that run on a multiprocessor at a time.</summary>
    public const int GroupsPerMultiprocessor = 2;

    /// <summary>What the compiler is told of launches.</summary>
    public static readonly KernelSpecialization LaunchBounds = new(GroupSize, GroupsPerMultiprocessor);

    private const int Warps = 8;
    private const int MostPackets = (48 << 10) / Packet.SizeInBytes;

    /// <summary>The kernel. Grid: [groups, which share the tiles, or tiles; 1; 1 or pieces].</summary>
    public static void Run<TUnit, TMemory, TGroup, TWeights, TBlocks, TFinish>(
        LinearInput input,
        PacketSource weight, // see MatrixLayout
        LinearOutput output,
        PieceExchange pieces, // where groups share the tiles, [group, sum, item]
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
        int packetsPerSlot = weightPackets + TBlocks.BlockCount * MatrixLayout.Lanes;
        int slots = MostPackets / packetsPerSlot;
        ArrayView<uint> exchange = TUnit.AllocateExchange(Warps);
        StagedPackets staged = TMemory.Allocate(slots * packetsPerSlot); // [slot, weights [block, packet, lane] then inputs [row, octet]]
        ArrayView<float> sums = TGroup.AllocateSums(TBlocks.Count);

        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int warp = Group.IdxX >> 5;
        int steps = MatrixLayout.StepsFor(input.Octets);
        int weights = TWeights.PacketsPerBlock * warp * MatrixLayout.Lanes + lane;

        bool isOnePiece = Grid.DimZ > 1;
        int first = isOnePiece ? Grid.IdxZ * stepsPerPiece : 0;
        int last = isOnePiece ? IntrinsicMath.Min(first + stepsPerPiece, steps) : steps;
        int rowTiles = (input.Rows + TBlocks.BlockCount * 8 - 1) / (TBlocks.BlockCount * 8);
        int columnTiles = (tiles + Columns / MatrixLayout.ColumnsPerTile - 1) / (Columns / MatrixLayout.ColumnsPerTile);

        // Groups that run side by side share weights.
        for (int tile = Grid.IdxX; tile < rowTiles * columnTiles; tile += Grid.DimX)
        {
            int firstRow = tile % rowTiles * TBlocks.BlockCount * 8;
            int block = tile / rowTiles * Warps + warp;
            long source = MatrixLayout.FirstPacket(TWeights.PacketsPerBlock * IntrinsicMath.Min(block, tiles / 2 - 1), 0, steps) + lane;
            int row = firstRow + (Group.IdxX >> 2);

            // All have read the last step of the tile before.
            Group.Barrier();
            for (int ahead = 0; ahead < slots - 1; ahead++)
                StartStep<TMemory, TWeights, TBlocks>(staged, ahead * packetsPerSlot, weights, weight, source, input, row, first + ahead, last);

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
                    TGroup.StartMultiplyAdd(sums, columns, staged, place + weightPackets, TBlocks.BlockCount * 8, step == pieceStart, exchange);
                    int free = place == 0 ? (slots - 1) * packetsPerSlot : place - packetsPerSlot;
                    StartStep<TMemory, TWeights, TBlocks>(staged, free, weights, weight, source, input, row, step + slots - 1, last);
                    place = place == (slots - 1) * packetsPerSlot ? 0 : place + packetsPerSlot;
                    TGroup.Await();
                }

                PieceEnd end;
                end.Stored = pieces.Pieces;
                end.First = isOnePiece ? PieceExchange.Place<TBlocks>(tile, Grid.IdxZ, Grid.DimZ) : (long)Grid.IdxX * TBlocks.Count * GroupSize + Group.IdxX;
                end.IsFirst = pieceStart == first;
                end.IsLast = !isOnePiece && step >= last;
                end.Output = output;
                end.Rows = input.Rows;
                end.Row = firstRow + 2 * (lane & 3);
                end.Column = block * MatrixLayout.ColumnsPerBlock + (lane >> 2);
                TBlocks.EndPiece<TGroup, ScaledFinish<TWeights, TFinish>>(end, sums, 0);
                if (isOnePiece && pieces.Arrive(tile, Grid.DimZ))
                    PieceEnd.FinishPieces<TBlocks, ScaledFinish<TWeights, TFinish>>(end, pieces, tile, Grid.DimZ);
            }
        }
    }

    // The batch is closed even where it is empty, so that the number of those on their way is always the same. A warp brings its own weights, and
    // the items of the group bring a packet of every 64th row.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StartStep<TMemory, TWeights, TBlocks>(
        StagedPackets staged, int place, int weights, PacketSource weight, long source, LinearInput input, int row, int step, int last)
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks>
    {
        if (step < last)
        {
            long packet = source + step * MatrixLayout.Lanes;
            TMemory.StartCopy(staged, place + weights, weight, packet);
            if (TWeights.PacketsPerBlock > 1)
                TMemory.StartCopy(staged, place + weights + MatrixLayout.Lanes, weight, packet + (long)MatrixLayout.StepsFor(input.Octets) * MatrixLayout.Lanes);

            int octet = step * MatrixLayout.OctetsPerStep + (Group.IdxX & 3);
            int target = place + Warps * TWeights.PacketsPerBlock * MatrixLayout.Lanes + StagedInputs.Place(Group.IdxX);
            bool isPresent = octet < input.Octets;
            if (TBlocks.BlockCount > 4 || Group.IdxX < GroupSize / 2)
                TMemory.StartCopy(staged, target, input.Packets, input.Place(row, octet), isPresent);
            if (TBlocks.BlockCount > 8)
                TMemory.StartCopy(staged, target + GroupSize, input.Packets, input.Place(row + GroupSize / 4, octet), isPresent);
        }

        TMemory.CloseBatch();
    }
}
