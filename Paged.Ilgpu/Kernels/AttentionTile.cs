namespace Paged.Ilgpu.Kernels;

/// <summary>
/// The rows that one group of the attention kernel computes. The rows of a sequence's run are its tokens times the query heads that
/// share a KV head, [token, headInGroup]; a tile is as many consecutive ones as the kernel's tile is high.
/// </summary>
/// <param name="sequence">The sequence within the step.</param>
/// <param name="firstRow">The first row, counted from the beginning of the sequence's run.</param>
public readonly struct AttentionTile(int sequence, int firstRow)
{
    /// <summary>The sequence within the step.</summary>
    public int Sequence { get; } = sequence;

    /// <summary>The first row, counted from the beginning of the sequence's run.</summary>
    public int FirstRow { get; } = firstRow;
}
