using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// What a group of <see cref="WarpgroupLinearKernel"/> computes at a time: a tile, or a piece of its sums. Groups of a cluster, which follow
/// each other, have the same rows and neighbouring columns; clusters that follow each other share weights.
/// </summary>
public struct TileShare
{
    /// <summary>The tile.</summary>
    public int Tile;

    /// <summary>Whether it has columns; else its products are for nothing, but the neighbour counts on the group.</summary>
    public bool HasColumns;

    /// <summary>Its first row.</summary>
    public int FirstRow;

    /// <summary>Its columns, in units of a tile's.</summary>
    public int ColumnTile;

    /// <summary>Which piece it begins with.</summary>
    public int Piece;

    /// <summary>Its first step.</summary>
    public int First;

    /// <summary>The first step that is not its.</summary>
    public int Last;

    /// <summary>How many shares there are for a cluster.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="tiles">Tiles of eight columns, padding included.</param>
    /// <param name="pieces">Pieces of a tile that are shares of their own.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Count<TFeed>(int rows, int tiles, int pieces)
        where TFeed : struct, IStepFeed<TFeed>
    {
        int columns = TFeed.Groups * Columns<TFeed>();
        return RowTiles(rows) * ((tiles * MatrixLayout.ColumnsPerTile + columns - 1) / columns) * pieces;
    }

    /// <summary>This group's part of the share of a cluster.</summary>
    /// <param name="index">Which one.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="tiles">Tiles of eight columns, padding included.</param>
    /// <param name="pieces">Pieces of a tile that are shares of their own.</param>
    /// <param name="stepCount">Steps of a tile.</param>
    /// <param name="steps">Steps of a share, but for the last one of a tile.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TileShare Of<TFeed>(int index, int rows, int tiles, int pieces, int stepCount, int steps)
        where TFeed : struct, IStepFeed<TFeed>
    {
        int cluster = index / pieces;
        TileShare share;
        share.Piece = index - cluster * pieces;
        share.First = share.Piece * steps;
        share.Last = IntrinsicMath.Min(share.First + steps, stepCount);
        share.FirstRow = cluster % RowTiles(rows) * WarpgroupLinearKernel.Rows;
        share.ColumnTile = TFeed.Groups * (cluster / RowTiles(rows)) + Grid.IdxX % TFeed.Groups;
        share.Tile = TFeed.Groups * cluster + Grid.IdxX % TFeed.Groups;
        share.HasColumns = share.ColumnTile * Columns<TFeed>() < tiles * MatrixLayout.ColumnsPerTile;
        return share;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int RowTiles(int rows) => (rows + WarpgroupLinearKernel.Rows - 1) / WarpgroupLinearKernel.Rows;

    private static int Columns<TFeed>()
        where TFeed : struct, IStepFeed<TFeed> => TFeed.ColumnWarps * MatrixLayout.ColumnsPerBlock;
}
