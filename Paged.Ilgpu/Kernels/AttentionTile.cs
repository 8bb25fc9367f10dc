namespace Paged.Ilgpu.Kernels;

/// <summary>
/// The rows that one group of the attention kernel computes. The rows of a sequence's run are its tokens times the query heads that
/// share a KV head, [token, headInGroup]; a tile is as many consecutive ones as the kernel's tile is high.
/// </summary>
/// <param name="sequence">The sequence within the step.</param>
/// <param name="firstRow">The first row, counted from the beginning of the sequence's run.</param>
/// <param name="firstPartial">Where the partitions of a tile that is split meet, see <see cref="AttentionPartials"/>.</param>
public readonly struct AttentionTile(int sequence, int firstRow, int firstPartial = 0)
{
    /// <summary>The sequence within the step.</summary>
    public int Sequence { get; } = sequence;

    /// <summary>The first row, counted from the beginning of the sequence's run.</summary>
    public int FirstRow { get; } = firstRow;

    /// <summary>The first of as many entries of <see cref="AttentionPartials"/> as the tile's context has partitions; of use where tiles are split.</summary>
    public int FirstPartial { get; } = firstPartial;
}
