namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>How the two warpgroups of a group of <see cref="WarpgroupLinearKernel"/> lie over its columns, and how many groups share its rows; a type parameter of its feed.</summary>
public interface ITileForm
{
    /// <summary>Groups of a cluster, which have the same rows at a time and each its own columns, 2 or 4.</summary>
    static abstract int Groups { get; }

    /// <summary>Warps side by side, 16 columns each, 4 or 8; the others have the same columns and the rows below.</summary>
    static abstract int ColumnWarps { get; }

    /// <summary>Steps of a slot, 1 or 2: where a step's products take less time than its barriers, two have them together.</summary>
    static abstract int StepsPerSlot { get; }
}

/// <summary>128 columns, the warpgroups side by side: of such a tile each byte serves most products.</summary>
public readonly struct WideTile : ITileForm
{
    /// <inheritdoc/>
    public static int Groups => 2;

    /// <inheritdoc/>
    public static int ColumnWarps => 8;

    /// <inheritdoc/>
    public static int StepsPerSlot => 1;
}

/// <summary>
/// 64 columns, one warpgroup below the other: twice as many groups for layers with few columns, none of which waits for another one's pieces. Four of them share the inputs, so
/// that those are not read from the second-level cache more often than by wide tiles.
/// </summary>
public readonly struct NarrowTile : ITileForm
{
    /// <inheritdoc/>
    public static int Groups => 4;

    /// <inheritdoc/>
    public static int ColumnWarps => 4;

    /// <inheritdoc/>
    public static int StepsPerSlot => 2;
}
