namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// What a group of <see cref="ManyRowsLinearKernel"/> computes, given to the kernel as a type parameter: one kernel with both ways in it would
/// want more registers than there are.
/// </summary>
public interface IGroupShare
{
    /// <summary>Whether it is one piece of one tile's sums.</summary>
    static abstract bool IsOnePiece { get; }
}

/// <summary>Whole tiles, one after the other.</summary>
public readonly struct WholeTiles : IGroupShare
{
    /// <inheritdoc/>
    public static bool IsOnePiece => false;
}

/// <summary>One piece of the sums of one tile, for layers with fewer tiles than the device has room for groups.</summary>
public readonly struct PieceOfTile : IGroupShare
{
    /// <inheritdoc/>
    public static bool IsOnePiece => true;
}
