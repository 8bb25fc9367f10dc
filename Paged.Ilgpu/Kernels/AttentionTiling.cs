using Paged.Ilgpu.Kernels.Cuda;

namespace Paged.Ilgpu.Kernels;

/// <summary>Into which tiles a form of attention wants the rows of a run cut; changes no bit of a result.</summary>
public sealed class AttentionTiling
{
    /// <summary>The lowest tile that holds all rows, or the highest there is: what the portable form and that for vectors take.</summary>
    public static readonly AttentionTiling ByRows = new([1, 2, 4, 8, KernelSet.LargestTileHeight], splitHeight: null);

    /// <summary>
    /// Single tokens by tiles as high as the matrix unit, the partitions of their context shared by groups; longer runs by high tiles.
    /// </summary>
    public static readonly AttentionTiling ByTokens = new([16, 64], splitHeight: 16);

    // Room for eight partitions of every sequence and for four sequences of the greatest length. What goes beyond is not split, for then
    // there are groups enough without.
    private const int PartitionsPerSequence = 8;
    private const int LongestSequences = 4;

    private AttentionTiling(int[] heights, int? splitHeight)
    {
        Heights = heights;
        SplitHeight = splitHeight;
    }

    /// <summary>The heights of tiles, the lowest first.</summary>
    public IReadOnlyList<int> Heights { get; }

    /// <summary>The height of tiles whose partitions are groups of their own; null where there are none.</summary>
    public int? SplitHeight { get; }

    /// <summary>The height for a run.</summary>
    /// <param name="tokens">Tokens of the run.</param>
    /// <param name="rowsPerToken">Query heads that share a KV head.</param>
    /// <param name="canSplit">Whether there is room where the run's partitions could meet.</param>
    public int HeightFor(int tokens, int rowsPerToken, bool canSplit = true)
    {
        if (SplitHeight is { } low)
            return tokens == 1 && canSplit ? low : Heights[^1];
        return KernelSet.TileHeightFor(tokens * rowsPerToken);
    }

    /// <summary>Partitions that so many positions take.</summary>
    public static int PartitionsFor(int positions) => (positions + AttentionKernel.PartitionSize - 1) / AttentionKernel.PartitionSize;

    /// <summary>
    /// Partitions that a group computes one after the other where tiles are split: as many as leave each place of the device one group. A group's beginning and end, in which it
    /// reads nothing, count once then; with fewer groups than places, part of the device would wait. Half the places are worth it where groups have tiles whole, for those are not laid
    /// down and read back (docs/performance.md, "Ninth round").
    /// </summary>
    /// <param name="partitions">Partitions of all tiles and KV heads together.</param>
    /// <param name="mostPartitions">Those of the longest tile.</param>
    /// <param name="multiprocessors">Of the device.</param>
    public static int PartitionsPerGroup(long partitions, int mostPartitions, int multiprocessors)
    {
        long places = (long)multiprocessors * SplitAttentionKernel.GroupsPerMultiprocessor;
        long groups = 2 * partitions > (mostPartitions - 1) * places ? places / 2 : places;
        return (int)Math.Clamp((partitions + groups - 1) / groups, 1, Math.Max(mostPartitions, 1));
    }

    /// <summary>Entries that the partitions of split tiles are given in <see cref="AttentionPartials"/>.</summary>
    /// <param name="maxSequences">Sequences of the largest step.</param>
    /// <param name="maxPositions">Positions of a sequence.</param>
    /// <param name="rowsPerToken">Query heads that share a KV head.</param>
    public int PartialCount(int maxSequences, int maxPositions, int rowsPerToken)
    {
        if (SplitHeight is not { } height)
            return 0;
        int longest = PartitionsFor(maxPositions);
        int most = Math.Min(PartitionsPerSequence, longest) * maxSequences + LongestSequences * longest;
        return Math.Min(most, longest * maxSequences) * ((rowsPerToken + height - 1) / height);
    }
}
