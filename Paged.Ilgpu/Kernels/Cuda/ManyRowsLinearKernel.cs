using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Linear layer of many rows on the matrix unit. A group computes tiles of 128 columns and 128 rows (<see cref="TallTile"/>) or 64 (<see
/// cref="FlatTile"/>), a warp 64 columns and 32 rows of one; weights and inputs of steps of 32 input features are staged in shared memory,
/// further ones being on their way while one is multiplied.
/// <para>
/// The pieces of a sum are those of <see cref="FewRowsLinearKernel"/>, summed apart and added in the same order, so that both give the same
/// bits. Registers hold one piece alone, which is what lets sixteen warps run on a multiprocessor; the sum of the pieces before waits in
/// device memory, in a place of the group's own that the second-level cache holds. Where there are too few tiles for a device, each piece has
/// a group of its own, and the group of a tile that ends last adds the pieces, in their order.
/// </para>
/// </summary>
public static class ManyRowsLinearKernel
{
    /// <summary>Columns of a tile.</summary>
    public const int Columns = 2 * WarpTile.Columns;

    /// <summary>Groups that run on a multiprocessor have so many items together: what 128 registers an item allow.</summary>
    public const int ItemsPerMultiprocessor = 512;

    private const int WeightTiles = Columns / MatrixLayout.ColumnsPerTile;
    private const int WeightPackets = WeightTiles * MatrixLayout.Lanes;
    private const int MostPackets = (48 << 10) / Packet.SizeInBytes;

    /// <summary>The kernel. Grid: [groups, which share the tiles, or tiles; 1; 1 or pieces].</summary>
    public static void Run<TUnit, TMemory, TTile, TFinish>(
        LinearInput input,
        PacketSource weight, // see MatrixLayout
        LinearOutput output,
        PieceExchange pieces, // where groups share the tiles, [group, sum, item]
        int tiles, // of eight columns, padding included
        int stepsPerPiece)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TTile : struct, IGroupTile
        where TFinish : struct, IFinish
    {
        int packetsPerSlot = WeightPackets + TTile.Rows * MatrixLayout.OctetsPerStep;
        int slots = MostPackets / packetsPerSlot;
        ArrayView<uint> exchange = TUnit.AllocateExchange(TTile.GroupSize / MatrixLayout.Lanes);
        StagedPackets staged = TMemory.Allocate(slots * packetsPerSlot); // [slot, weights [tile, lane] then inputs [row, octet]]

        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int warp = Group.IdxX >> 5;
        int steps = MatrixLayout.StepsFor(input.Octets);
        int weights = (warp & 1) * (WeightTiles / 2) * MatrixLayout.Lanes + lane;
        int inputs = WeightPackets + (warp >> 1) * WarpTile.Rows * MatrixLayout.OctetsPerStep + lane;
        long ownSums = (long)Grid.IdxX * WarpTile.Count * TTile.GroupSize + Group.IdxX;

        bool isOnePiece = Grid.DimZ > 1;
        int first = isOnePiece ? Grid.IdxZ * stepsPerPiece : 0;
        int last = isOnePiece ? IntrinsicMath.Min(first + stepsPerPiece, steps) : steps;
        int rowTiles = (input.Rows + TTile.Rows - 1) / TTile.Rows;
        int allTiles = rowTiles * ((tiles + WeightTiles - 1) / WeightTiles);

        // Groups that run side by side share weights.
        for (int tile = Grid.IdxX; tile < allTiles; tile += Grid.DimX)
        {
            int firstRow = tile % rowTiles * TTile.Rows;
            int firstTile = tile / rowTiles * WeightTiles;

            // All have read the last step of the tile before.
            Group.Barrier();
            for (int ahead = 0; ahead < slots - 1; ahead++)
                StartStep<TMemory, TTile>(staged, ahead * packetsPerSlot, input, weight, tiles, firstTile, firstRow, first + ahead, steps, last);

            WarpTile piece = default;
            int pieceEnd = stepsPerPiece;
            int slot = 0;
            for (int step = first; step < last; step++)
            {
                // Past the barrier the copies of all items have arrived, and the slot of the last step is free.
                TMemory.Await(slots - 2);
                Group.Barrier();
                int free = slot == 0 ? slots - 1 : slot - 1;
                StartStep<TMemory, TTile>(
                    staged, free * packetsPerSlot, input, weight, tiles, firstTile, firstRow, step + slots - 1, steps, last);
                int place = slot * packetsPerSlot;
                piece = WarpTile.MultiplyAdd<TUnit, TMemory>(piece, staged, place + weights, place + inputs, exchange);
                slot = slot == slots - 1 ? 0 : slot + 1;
                if (step + 1 == pieceEnd && step + 1 < last)
                {
                    WarpTile.Store(AddToEarlier(piece, pieces, ownSums, TTile.GroupSize, pieceEnd == stepsPerPiece), pieces.Pieces, ownSums, TTile.GroupSize);
                    piece = default;
                    pieceEnd += stepsPerPiece;
                }
            }

            if (isOnePiece)
            {
                WarpTile total = default;
                if (!pieces.TryCollect(tile, piece, ref total))
                    return;
                piece = total;
            }
            else
            {
                piece = AddToEarlier(piece, pieces, ownSums, TTile.GroupSize, pieceEnd == stepsPerPiece);
            }

            int row = firstRow + (warp >> 1) * WarpTile.Rows + 2 * (lane & 3);
            int column = firstTile * MatrixLayout.ColumnsPerTile + (warp & 1) * WarpTile.Columns + (lane >> 2);
            WarpTile.Finish<TFinish>(piece, output, input.Rows, row, column);
        }
    }

    // The first piece is added to zero as in the other forms: a negative zero becomes a positive one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static WarpTile AddToEarlier(WarpTile piece, PieceExchange pieces, long ownSums, int groupSize, bool isFirst) =>
        isFirst ? WarpTile.Add(default, piece) : WarpTile.AddStored(piece, pieces.Pieces, ownSums, groupSize);

    // The batch is closed even where it is empty, so that the number of those on their way is always the same.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StartStep<TMemory, TTile>(
        StagedPackets staged, int place, LinearInput input, PacketSource weight, int tiles, int firstTile, int firstRow, int step, int steps, int last)
        where TMemory : struct, IPacketMemory
        where TTile : struct, IGroupTile
    {
        if (step < last)
        {
            int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
            for (int index = Group.IdxX; index < WeightPackets; index += TTile.GroupSize)
            {
                int tile = IntrinsicMath.Min(firstTile + (index >> 5), tiles - 1);
                TMemory.StartCopy(staged, place + index, weight, MatrixLayout.FirstPacket(tile, step, steps) + lane);
            }

            int octet = step * MatrixLayout.OctetsPerStep + (Group.IdxX & 3);
            for (int index = Group.IdxX; index < TTile.Rows * MatrixLayout.OctetsPerStep; index += TTile.GroupSize)
            {
                long source = input.Place(firstRow + (index >> 2), octet);
                TMemory.StartCopy(staged, place + WeightPackets + index, input.Packets, source, octet < input.Octets);
            }
        }

        TMemory.CloseBatch();
    }
}
