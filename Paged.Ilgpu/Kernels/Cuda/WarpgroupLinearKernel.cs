using System.Runtime.CompilerServices;
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
    /// <summary>Columns of a tile.</summary>
    public const int Columns = Warps * MatrixLayout.ColumnsPerBlock;

    /// <summary>Rows of a tile.</summary>
    public const int Rows = 256;

    /// <summary>Items of a group.</summary>
    public const int GroupSize = Warps * MatrixLayout.Lanes;

    /// <summary>Groups that run on a multiprocessor at a time.</summary>
    public const int GroupsPerMultiprocessor = 1;

    /// <summary>What the compiler is told of launches.</summary>
    public static readonly KernelSpecialization LaunchBounds = new(GroupSize, GroupsPerMultiprocessor);

    /// <summary>Blocks of eight rows of a tile.</summary>
    internal const int Blocks = Rows / 8;

    /// <summary>Those whose sums of the pieces before wait in registers, the first ones; the others' wait in shared memory.</summary>
    internal const int KeptBlocks = 16;

    private const int Warps = 8;
    private const int RowsOfAPacketEach = GroupSize / MatrixLayout.OctetsPerStep;
    private const int MostPackets = (160 << 10) / Packet.SizeInBytes;
    private const int SumsInMemory = (Blocks - KeptBlocks) * 8 * Columns;

    /// <summary>Shared memory that a launch asks for, in bytes.</summary>
    public static int SharedBytes<TWeights>()
        where TWeights : struct, IMatrixWeights => IPacketMemory.LargeBytes(Slots<TWeights>() * PacketsPerSlot<TWeights>(), SumsInMemory);

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
        int weightPackets = Warps * TWeights.PacketsPerBlock * MatrixLayout.Lanes;
        int packetsPerSlot = PacketsPerSlot<TWeights>();
        int slots = Slots<TWeights>();
        ArrayView<uint> exchange = TUnit.AllocateExchange(Warps);
        StagedPackets staged = TMemory.AllocateLarge(slots * packetsPerSlot, SumsInMemory); // [slot, weights [block, packet, lane] then inputs [row, octet]]
        ArrayView<float> sums = TGroup.AllocateSums(4 * (Blocks + KeptBlocks)); // those of a piece, then those that wait
        ArrayView<float> before = TMemory.LargeSums(SumsInMemory); // [sum, item], see PieceEnd

        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int warp = Group.IdxX >> 5;
        int steps = MatrixLayout.StepsFor(input.Octets);
        int weights = TWeights.PacketsPerBlock * warp * MatrixLayout.Lanes + lane;

        int rowTiles = (input.Rows + Rows - 1) / Rows;
        int columnTiles = (tiles + Columns / MatrixLayout.ColumnsPerTile - 1) / (Columns / MatrixLayout.ColumnsPerTile);

        // Groups that run side by side share weights.
        for (int tile = Grid.IdxX; tile < rowTiles * columnTiles; tile += Grid.DimX)
        {
            int firstRow = tile % rowTiles * Rows;
            int block = tile / rowTiles * Warps + warp;
            long source = MatrixLayout.FirstPacket(TWeights.PacketsPerBlock * IntrinsicMath.Min(block, tiles / 2 - 1), 0, steps) + lane;
            int row = firstRow + (Group.IdxX >> 2);

            // All have read the last step of the tile before.
            Group.Barrier();
            for (int ahead = 0; ahead < slots - 1; ahead++)
                StartStep<TMemory, TWeights>(staged, ahead * packetsPerSlot, weights, weight, source, input, row, ahead, steps);

            int place = 0;
            TMemory.Await(slots - 2);
            TGroup.ShareStaged();
            Group.Barrier();
            BlockWeights columns = TWeights.Load<TUnit, TMemory>(staged, weights);

            int step = 0;
            while (step < steps)
            {
                int pieceStart = step;
                int pieceEnd = IntrinsicMath.Min(step + stepsPerPiece, steps);
                for (; step < pieceEnd; step++)
                {
                    TGroup.StartMultiplyAdd(sums, columns, staged, place + weightPackets, Rows, step == pieceStart, exchange);
                    int free = place == 0 ? (slots - 1) * packetsPerSlot : place - packetsPerSlot;
                    place = place == (slots - 1) * packetsPerSlot ? 0 : place + packetsPerSlot;

                    // Meanwhile the next step is made ready. Past the barrier its copies have arrived, and all have ended the products of the
                    // step before, whose slot is free.
                    TMemory.Await(slots - 3);
                    TGroup.ShareStaged();
                    Group.Barrier();
                    StartStep<TMemory, TWeights>(staged, free, weights, weight, source, input, row, step + slots - 1, steps);
                    BlockWeights next = TWeights.Load<TUnit, TMemory>(staged, place + weights);
                    TGroup.Await();
                    columns = next;
                }

                PieceEnd end;
                end.Before = before;
                end.IsFirst = pieceStart == 0;
                end.IsLast = step >= steps;
                end.Output = output;
                end.Rows = input.Rows;
                end.Row = firstRow + 2 * (lane & 3);
                end.Column = block * MatrixLayout.ColumnsPerBlock + (lane >> 2);
                TBlocks.EndPiece<TGroup, ScaledFinish<TWeights, TFinish>>(end, sums, 0);
            }
        }
    }

    private static int PacketsPerSlot<TWeights>()
        where TWeights : struct, IMatrixWeights => Warps * TWeights.PacketsPerBlock * MatrixLayout.Lanes + Rows * MatrixLayout.OctetsPerStep;

    private static int Slots<TWeights>()
        where TWeights : struct, IMatrixWeights => MostPackets / PacketsPerSlot<TWeights>();

    // The batch is closed even where it is empty, so that the number of those on their way is always the same. A warp brings its own weights, and
    // the items of the group bring a packet of every 64th row.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StartStep<TMemory, TWeights>(
        StagedPackets staged, int place, int weights, PacketSource weight, long source, LinearInput input, int row, int step, int last)
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
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
            TMemory.StartCopy(staged, target, input.Packets, input.Place(row, octet), isPresent);
            TMemory.StartCopy(staged, target + 1 * GroupSize, input.Packets, input.Place(row + 1 * RowsOfAPacketEach, octet), isPresent);
            TMemory.StartCopy(staged, target + 2 * GroupSize, input.Packets, input.Place(row + 2 * RowsOfAPacketEach, octet), isPresent);
            TMemory.StartCopy(staged, target + 3 * GroupSize, input.Packets, input.Place(row + 3 * RowsOfAPacketEach, octet), isPresent);
        }

        TMemory.CloseBatch();
    }
}
