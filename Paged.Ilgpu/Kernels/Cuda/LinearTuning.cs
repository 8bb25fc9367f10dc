namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>Which form of the linear layers on the matrix unit runs at which numbers of rows. It changes no bit of a result.</summary>
public sealed record LinearTuning
{
    /// <summary>What measurements on an H100 chose, see docs/performance.md.</summary>
    public static LinearTuning Default { get; } = new();

    /// <summary>Most rows of <see cref="FewRowsLinearKernel"/>; 0: it is never taken.</summary>
    public int FewRows { get; init; } = 8;

    /// <summary>Most rows of <see cref="SomeRowsLinearKernel"/>.</summary>
    public int SomeRows { get; init; } = 64;

    /// <summary>Tiles for each multiprocessor below which the kernels for some and many rows give each piece of a tile a group of its own.</summary>
    public int EnoughTiles { get; init; } = 1;
}
