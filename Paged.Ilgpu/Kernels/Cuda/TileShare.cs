using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// What a group of <see cref="WarpgroupLinearKernel"/> computes at a time: a tile, or a piece of its sums. Groups of a cluster follow each other and lie beside and
/// below each other; clusters that follow each other share weights.
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
    public static int Count<TForm>(int rows, int tiles, int pieces)
        where TForm : struct, ITileForm
    {
        int columns = TForm.ColumnGroups * Columns<TForm>();
        return RowTiles<TForm>(rows) * ((tiles * MatrixLayout.ColumnsPerTile + columns - 1) / columns) * pieces;
    }

    /// <summary>This group's part of the share of a cluster.</summary>
    /// <param name="index">Which one.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="tiles">Tiles of eight columns, padding included.</param>
    /// <param name="pieces">Pieces of a tile that are shares of their own.</param>
    /// <param name="stepCount">Steps of a tile.</param>
    /// <param name="steps">Steps of a share, but for the last one of a tile.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TileShare Of<TForm>(int index, int rows, int tiles, int pieces, int stepCount, int steps)
        where TForm : struct, ITileForm
    {
        int cluster = index / pieces;
        int rowTiles = RowTiles<TForm>(rows);
        int rowTile = cluster % rowTiles;
        TileShare share;
        share.Piece = TForm.SumGroups > 1 ? SplitMeeting.PiecesPerGroup * OwnSums<TForm>() : index - cluster * pieces;
        share.First = share.Piece * steps;
        share.Last = IntrinsicMath.Min(share.First + steps, stepCount);
        share.FirstRow = (TForm.RowGroups * rowTile + OwnRow<TForm>()) * TForm.Rows;
        share.ColumnTile = TForm.ColumnGroups * (cluster / rowTiles) + OwnColumn<TForm>();
        share.Tile = Groups<TForm>() * cluster + Own<TForm>();
        share.HasColumns = share.ColumnTile * Columns<TForm>() < tiles * MatrixLayout.ColumnsPerTile;
        return share;
    }

    /// <summary>Groups of a cluster.</summary>
    public static int Groups<TForm>()
        where TForm : struct, ITileForm => TForm.ColumnGroups * TForm.RowGroups * TForm.SumGroups;

    /// <summary>Which group of its cluster this one is: groups beside each other first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Own<TForm>()
        where TForm : struct, ITileForm => Grid.IdxX & (Groups<TForm>() - 1);

    /// <summary>Which of those beside each other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int OwnColumn<TForm>()
        where TForm : struct, ITileForm => Grid.IdxX & (TForm.ColumnGroups - 1);

    /// <summary>Which of those below each other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int OwnRow<TForm>()
        where TForm : struct, ITileForm => Own<TForm>() / TForm.ColumnGroups & (TForm.RowGroups - 1);

    /// <summary>Which of those with the same tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int OwnSums<TForm>()
        where TForm : struct, ITileForm => Own<TForm>() / (TForm.ColumnGroups * TForm.RowGroups);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int RowTiles<TForm>(int rows)
        where TForm : struct, ITileForm => (rows + TForm.RowGroups * TForm.Rows - 1) / (TForm.RowGroups * TForm.Rows);

    private static int Columns<TForm>()
        where TForm : struct, ITileForm => TForm.ColumnWarps * MatrixLayout.ColumnsPerBlock;
}
