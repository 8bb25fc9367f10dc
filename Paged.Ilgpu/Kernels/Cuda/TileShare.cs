using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// What a group of <see cref="WarpgroupLinearKernel"/> computes at a time: a tile of 256 rows and 128 columns, or a piece of its sums. Groups that follow
/// each other, two by two, have the same rows and neighbouring columns; pairs that follow each other share weights.
/// </summary>
public struct TileShare
{
    /// <summary>Groups that have the same rows at a time.</summary>
    public const int Groups = 2;

    /// <summary>The tile.</summary>
    public int Tile;

    /// <summary>Whether it has columns; else its products are for nothing, but the neighbour counts on the group.</summary>
    public bool HasColumns;

    /// <summary>Its first row.</summary>
    public int FirstRow;

    /// <summary>Its columns, in units of 128.</summary>
    public int ColumnTile;

    /// <summary>Which piece it begins with.</summary>
    public int Piece;

    /// <summary>Its first step.</summary>
    public int First;

    /// <summary>The first step that is not its.</summary>
    public int Last;

    /// <summary>How many shares there are for a pair of groups.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="tiles">Tiles of eight columns, padding included.</param>
    /// <param name="pieces">Pieces of a tile that are shares of their own.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Count(int rows, int tiles, int pieces) => RowTiles(rows) * Pairs(tiles) * pieces;

    /// <summary>This group's part of the share of a pair.</summary>
    /// <param name="index">Which one.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="tiles">Tiles of eight columns, padding included.</param>
    /// <param name="pieces">Pieces of a tile that are shares of their own.</param>
    /// <param name="stepCount">Steps of a tile.</param>
    /// <param name="steps">Steps of a share, but for the last one of a tile.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TileShare Of(int index, int rows, int tiles, int pieces, int stepCount, int steps)
    {
        int pair = index / pieces;
        TileShare share;
        share.Piece = index - pair * pieces;
        share.First = share.Piece * steps;
        share.Last = IntrinsicMath.Min(share.First + steps, stepCount);
        share.FirstRow = pair % RowTiles(rows) * WarpgroupLinearKernel.Rows;
        share.ColumnTile = Groups * (pair / RowTiles(rows)) + Grid.IdxX % Groups;
        share.Tile = Groups * pair + Grid.IdxX % Groups;
        share.HasColumns = share.ColumnTile * WarpgroupSteps.Columns < tiles * MatrixLayout.ColumnsPerTile;
        return share;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int RowTiles(int rows) => (rows + WarpgroupLinearKernel.Rows - 1) / WarpgroupLinearKernel.Rows;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Pairs(int tiles) => (tiles * MatrixLayout.ColumnsPerTile + Groups * WarpgroupSteps.Columns - 1) / (Groups * WarpgroupSteps.Columns);
}
