namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>Which form of the linear layers on the matrix unit runs at which numbers of rows. It changes no bit of a result.</summary>
public sealed record LinearTuning
{
    /// <summary>What measurements on an H100 and an H200 chose, see docs/performance.md.</summary>
    public static LinearTuning Default { get; } = new();

    /// <summary>Most rows of <see cref="FewRowsLinearKernel"/>; 0: it is never taken, but for small matrices.</summary>
    public int FewRows { get; init; } = 8;

    /// <summary>
    /// Its most rows where the matrix is small, up to 16: the meeting of the groups of a split tile takes a small layer longer than a second
    /// reading of its inputs.
    /// </summary>
    public int FewRowsOfSmallMatrices { get; init; } = FewRowsLinearKernel.MostRows;

    /// <summary>Bytes of weights up to which a matrix is small.</summary>
    public long SmallMatrixBytes { get; init; } = 64 << 20;

    /// <summary>Most rows of <see cref="SomeRowsLinearKernel"/>.</summary>
    public int SomeRows { get; init; } = 64;

    /// <summary>Fewest rows of the kernels of warpgroups, on a device that has them.</summary>
    public int FewestRowsOfWarpgroups { get; init; } = 17;

    /// <summary>Fewest rows of the one of them for pieces of sums, see <see cref="PieceWarpgroupKernel"/>.</summary>
    public int FewestRowsOfPieces { get; init; } = 9;

    /// <summary>Most rows of <see cref="SomeRowsWarpgroupKernel"/>; those of <see cref="WarpgroupLinearKernel"/> are more.</summary>
    public int SomeRowsOfWarpgroups { get; init; } = 128;

    /// <summary>
    /// The least share of the multiprocessors that must have work for it, or for the pieces of tiles of 256 rows, on the average of the rounds that the groups take: they are large, and
    /// few, and in a last round of a few most of a device waits.
    /// </summary>
    public double LeastUseOfSomeWarpgroups { get; init; } = 0.8;

    /// <summary>Fewest tiles of <see cref="WarpgroupLinearKernel"/>: with fewer, most of a device would have nothing to do.</summary>
    public int FewestTilesOfWarpgroups { get; init; } = 64;

    /// <summary>Fewest rows of split tiles, see <see cref="SplitTile{TBlocks}"/>.</summary>
    public int FewestRowsOfSplitTiles { get; init; } = 33;

    /// <summary>Their most rows.</summary>
    public int MostRowsOfSplitTiles { get; init; } = 64;

    /// <summary>The largest share of the multiprocessors that they may take: a second round would be as long as the first, and pieces of 128 columns want fewer inputs.</summary>
    public double MostShareOfSplitTiles { get; init; } = 1;

    /// <summary>Fewest rows of narrow tiles, see <see cref="NarrowTile{TBlocks}"/>.</summary>
    public int FewestRowsOfNarrowTiles { get; init; } = 65;

    /// <summary>Steps of 32 features up to which a sum is a short one. A group of narrow tiles adds a whole sum: of more than 128 rows long ones are added faster in pieces.</summary>
    public int MostStepsOfShortSums { get; init; } = 128;

    /// <summary>The least share of the multiprocessors that must have a narrow tile.</summary>
    public double LeastShareOfNarrowTiles { get; init; } = 0.6;

    /// <summary>The largest share: clusters of four do not fill a device, and a second round would be as long as the first.</summary>
    public double MostShareOfNarrowTiles { get; init; } = 0.9;

    /// <summary>The largest share of tiles whose rows two groups have, see <see cref="PairedTile{TBlocks}"/>: clusters of two do fill a device.</summary>
    public double MostShareOfPairedTiles { get; init; } = 1;

    /// <summary>Tiles for each multiprocessor below which each piece of a tile is given a group of its own.</summary>
    public int EnoughTiles { get; init; } = 1;

    /// <summary>The share of the multiprocessors that have work, on the average of the rounds that so many groups take, one on each.</summary>
    /// <param name="groups">How many.</param>
    /// <param name="multiprocessors">Of the device.</param>
    internal static double Use(int groups, int multiprocessors) =>
        (double)groups / ((groups + multiprocessors - 1) / multiprocessors * multiprocessors);
}
