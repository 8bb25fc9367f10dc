using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Linear layer of many rows on the matrix unit. A group computes 128 columns and 64 rows, two by two warps; weights and inputs of four steps
/// of 32 input features are staged in shared memory, of which three are on their way while one is multiplied. The pieces of a sum are those
/// of <see cref="FewRowsLinearKernel"/>, summed apart and added in the same order, so that both give the same bits. Where there are too few
/// tiles for a device, each piece has a group of its own, and the group of a tile that ends last adds the pieces, in their order.
/// </summary>
public static class ManyRowsLinearKernel
{
    /// <summary>Columns of a group's tile.</summary>
    public const int Columns = 2 * WarpTile.Columns;

    /// <summary>Rows of a group's tile.</summary>
    public const int Rows = 2 * WarpTile.Rows;

    /// <summary>Items of a group.</summary>
    public const int GroupSize = Warps * MatrixLayout.Lanes;

    /// <summary>What the compiler is told of launches: two groups a multiprocessor leave a work item the registers that its sums take.</summary>
    public static readonly KernelSpecialization LaunchBounds = new(GroupSize, 2);

    private const int Warps = 4;
    private const int Slots = 4;
    private const int WeightTiles = Columns / MatrixLayout.ColumnsPerTile;
    private const int WeightPackets = WeightTiles * MatrixLayout.Lanes;
    private const int InputPackets = Rows * MatrixLayout.OctetsPerStep;
    private const int PacketsPerSlot = WeightPackets + InputPackets;

    /// <summary>The kernel. Grid: [rows / 64, columns / 128, 1 or pieces], rounded up; groups that run side by side share weights.</summary>
    public static void Run<TUnit, TMemory, TFinish>(
        LinearInput input,
        PacketSource weight, // see MatrixLayout
        LinearOutput output,
        PieceExchange pieces,
        int tiles, // of eight columns, padding included
        int stepsPerPiece)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TFinish : struct, IFinish
    {
        ArrayView<uint> exchange = TUnit.AllocateExchange(Warps);
        StagedPackets staged = TMemory.Allocate(Slots * PacketsPerSlot); // [slot, weights [tile, lane] then inputs [row, octet]]

        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int warp = Group.IdxX >> 5;
        int steps = MatrixLayout.StepsFor(input.Octets);
        int firstRow = Grid.IdxX * Rows;
        int weights = (warp & 1) * (WeightTiles / 2) * MatrixLayout.Lanes + lane;
        int inputs = WeightPackets + (warp >> 1) * WarpTile.Rows * MatrixLayout.OctetsPerStep + lane;

        bool isOnePiece = Grid.DimZ > 1;
        int first = isOnePiece ? Grid.IdxZ * stepsPerPiece : 0;
        int last = isOnePiece ? IntrinsicMath.Min(first + stepsPerPiece, steps) : steps;
        for (int ahead = 0; ahead < Slots - 1; ahead++)
            StartStep<TMemory>(staged, ahead, input, weight, tiles, firstRow, first + ahead, steps, last);

        WarpTile total = default;
        WarpTile piece = default;
        int pieceEnd = stepsPerPiece;
        for (int step = first; step < last; step++)
        {
            // Past the barrier the copies of all items have arrived, and the slot of the last step is free.
            TMemory.Await(Slots - 2);
            Group.Barrier();
            int turn = step - first;
            StartStep<TMemory>(staged, (turn + Slots - 1) & (Slots - 1), input, weight, tiles, firstRow, step + Slots - 1, steps, last);
            int slot = (turn & (Slots - 1)) * PacketsPerSlot;
            piece = WarpTile.MultiplyAdd<TUnit, TMemory>(piece, staged, slot + weights, slot + inputs, exchange);
            if (step + 1 == pieceEnd && !isOnePiece)
            {
                total = WarpTile.Add(total, piece);
                piece = default;
                pieceEnd += stepsPerPiece;
            }
        }

        if (isOnePiece)
        {
            if (!pieces.TryCollect(piece, ref total))
                return;
        }
        else
        {
            total = WarpTile.Add(total, piece);
        }

        int row = firstRow + (warp >> 1) * WarpTile.Rows + 2 * (lane & 3);
        int column = Grid.IdxY * Columns + (warp & 1) * WarpTile.Columns + (lane >> 2);
        WarpTile.Finish<TFinish>(total, output, input.Rows, row, column);
    }

    // The batch is closed even where it is empty, so that the number of those on their way is always the same.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StartStep<TMemory>(
        StagedPackets staged, int slot, LinearInput input, PacketSource weight, int tiles, int firstRow, int step, int steps, int last)
        where TMemory : struct, IPacketMemory
    {
        if (step < last)
        {
            int first = slot * PacketsPerSlot + Group.IdxX;
            int firstTile = Grid.IdxY * WeightTiles + (Group.IdxX >> 5);
            int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
            for (int part = 0; part < WeightPackets / GroupSize; part++)
            {
                int tile = IntrinsicMath.Min(firstTile + part * Warps, tiles - 1);
                TMemory.StartCopy(staged, first + part * GroupSize, weight, MatrixLayout.FirstPacket(tile, step, steps) + lane);
            }

            int row = firstRow + (Group.IdxX >> 2);
            int octet = step * MatrixLayout.OctetsPerStep + (Group.IdxX & 3);
            for (int part = 0; part < InputPackets / GroupSize; part++)
            {
                long source = input.Place(row + part * (GroupSize / MatrixLayout.OctetsPerStep), octet);
                TMemory.StartCopy(staged, first + WeightPackets + part * GroupSize, input.Packets, source, octet < input.Octets);
            }
        }

        TMemory.CloseBatch();
    }
}
