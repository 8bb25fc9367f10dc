namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// The tile of a group of <see cref="WarpgroupLinearKernel"/>, how its two warpgroups lie over it, and what the groups of a cluster share; a type parameter. All numbers are powers of two.
/// </summary>
public interface ITileForm
{
    /// <summary>Rows of a tile, those of both warpgroups.</summary>
    static abstract int Rows { get; }

    /// <summary>Warps side by side, 16 columns each, 4 or 8; of 4 the second warpgroup has the same columns and the rows below, or other pieces of the same sums.</summary>
    static abstract int ColumnWarps { get; }

    /// <summary>Groups of a cluster with the same rows, each of its own columns: what they multiply is sent to all of them at once.</summary>
    static abstract int ColumnGroups { get; }

    /// <summary>Groups of a cluster with the same columns, each of its own rows, which share the weights.</summary>
    static abstract int RowGroups { get; }

    /// <summary>
    /// Groups of a cluster with the same tile, 1 or 2. Of two each has two of the four pieces of its sums, a warpgroup each (<see cref="SplitMeeting"/>): both warpgroups have all rows, and the slots in turn.
    /// </summary>
    static abstract int SumGroups { get; }

    /// <summary>Steps of a slot, 1, 2 or 4: where a step's products take less time than its barriers, several have them together. With 4 there are no groups beside each other.</summary>
    static abstract int StepsPerSlot { get; }

    /// <summary>
    /// Whether the next kernel may begin while a group ends. Not with clusters of four that leave multiprocessors free, which took half as long again in some calls: supposed, the next kernel's first
    /// ones come where those are, and its others lie unevenly over the device.
    /// </summary>
    static abstract bool LetsNextBegin { get; }
}

/// <summary>128 columns and 256 rows, the warpgroups side by side: of such a tile each byte serves most products.</summary>
public readonly struct WideTile : ITileForm
{
    /// <inheritdoc/>
    public static int Rows => 256;

    /// <inheritdoc/>
    public static int ColumnWarps => 8;

    /// <inheritdoc/>
    public static int ColumnGroups => 2;

    /// <inheritdoc/>
    public static int RowGroups => 1;

    /// <inheritdoc/>
    public static int SumGroups => 1;

    /// <inheritdoc/>
    public static int StepsPerSlot => 1;

    /// <inheritdoc/>
    public static bool LetsNextBegin => true;
}

/// <summary>
/// 64 columns, one warpgroup below the other: twice as many groups for layers with few columns, none of which waits for another one's pieces. Four of them share the inputs, so
/// that those are not read from the second-level cache more often than by wide tiles.
/// </summary>
/// <typeparam name="TBlocks">The rows of a warpgroup.</typeparam>
public readonly struct NarrowTile<TBlocks> : ITileForm
    where TBlocks : struct, IRowBlocks<TBlocks>
{
    /// <inheritdoc/>
    public static int Rows => 2 * 8 * TBlocks.BlockCount;

    /// <inheritdoc/>
    public static int ColumnWarps => 4;

    /// <inheritdoc/>
    public static int ColumnGroups => 4;

    /// <inheritdoc/>
    public static int RowGroups => 1;

    /// <inheritdoc/>
    public static int SumGroups => 1;

    /// <inheritdoc/>
    public static int StepsPerSlot => 2;

    /// <inheritdoc/>
    public static bool LetsNextBegin => false;
}

/// <summary>The same with half of the rows in a second group, which shares the weights: for layers with fewer columns still.</summary>
/// <typeparam name="TBlocks">The rows of a warpgroup.</typeparam>
public readonly struct PairedTile<TBlocks> : ITileForm
    where TBlocks : struct, IRowBlocks<TBlocks>
{
    /// <inheritdoc/>
    public static int Rows => 2 * 8 * TBlocks.BlockCount;

    /// <inheritdoc/>
    public static int ColumnWarps => 4;

    /// <inheritdoc/>
    public static int ColumnGroups => 1;

    /// <inheritdoc/>
    public static int RowGroups => 2;

    /// <inheritdoc/>
    public static int SumGroups => 1;

    /// <inheritdoc/>
    public static int StepsPerSlot => Rows > 64 ? 2 : 4;

    /// <inheritdoc/>
    public static bool LetsNextBegin => true;
}

/// <summary>
/// 64 columns and all rows, the sums split (split-K): for layers with so few columns that whole sums would leave most of a device free.
/// </summary>
/// <typeparam name="TBlocks">The rows.</typeparam>
public readonly struct SplitTile<TBlocks> : ITileForm
    where TBlocks : struct, IRowBlocks<TBlocks>
{
    /// <inheritdoc/>
    public static int Rows => 8 * TBlocks.BlockCount;

    /// <inheritdoc/>
    public static int ColumnWarps => 4;

    /// <inheritdoc/>
    public static int ColumnGroups => 1;

    /// <inheritdoc/>
    public static int RowGroups => 1;

    /// <inheritdoc/>
    public static int SumGroups => 2;

    /// <inheritdoc/>
    public static int StepsPerSlot => 4;

    /// <inheritdoc/>
    public static bool LetsNextBegin => true;
}
