using Paged.Ilgpu.Cache;

namespace Paged.Ilgpu.Scheduling;

/// <summary>
/// Everything that one step computes, as flat arrays ready for upload. The arrays are made once and refilled each step; only as many
/// entries as the counts say are of the step. The scheduler writes it, the model reads it.
/// </summary>
public sealed class StepBatch
{
    private readonly List<Sequence> _sequences = [];
    private readonly List<Sequence> _logitSequences = [];
    private readonly List<BlockTransfer> _transfers = [];

    internal StepBatch(int maxTokens, int maxSequences, int maxBlockIds)
    {
        TokenIds = new int[maxTokens];
        Positions = new int[maxTokens];
        TokenSequences = new int[maxTokens];
        SequenceStarts = new int[maxSequences + 1];
        ContextLengths = new int[maxSequences];
        BlockTableStarts = new int[maxSequences + 1];
        LogitTokens = new int[maxSequences];
        BlockIds = new int[maxBlockIds];
    }

    /// <summary>The number of the step, from 1.</summary>
    public long Step { get; private set; }

    /// <summary>Tokens of the step.</summary>
    public int TokenCount { get; private set; }

    /// <summary>Sequences that the tokens belong to.</summary>
    public int SequenceCount => _sequences.Count;

    /// <summary>Rows of logits that are wanted.</summary>
    public int LogitCount => _logitSequences.Count;

    /// <summary>Ids to embed. [token]</summary>
    public int[] TokenIds { get; }

    /// <summary>Position of each token within its sequence, from 0. [token]</summary>
    public int[] Positions { get; }

    /// <summary>Index of each token's sequence in this step. [token]</summary>
    public int[] TokenSequences { get; }

    /// <summary>First token of each sequence's run; the tokens of a sequence follow each other. [sequence + 1]</summary>
    public int[] SequenceStarts { get; }

    /// <summary>Tokens stored of each sequence once this step has run. [sequence]</summary>
    public int[] ContextLengths { get; }

    /// <summary>First entry of each sequence's block table. [sequence + 1]</summary>
    public int[] BlockTableStarts { get; }

    /// <summary>
    /// Block i of a sequence is entry <c>BlockTableStarts[sequence] + i</c>. Through sharing all tables together can have more entries
    /// than the pool has blocks, <see cref="SchedulerOptions.MaxBlockIds"/> at most.
    /// </summary>
    public int[] BlockIds { get; }

    /// <summary>
    /// The token after which each row of logits is wanted: the last one of a sequence that has no token left to compute. A prompt with
    /// several answers has its token here once for each of them. [logit row]
    /// </summary>
    public int[] LogitTokens { get; }

    /// <summary>The sequences of the step. [sequence]</summary>
    public IReadOnlyList<Sequence> Sequences => _sequences;

    /// <summary>The sequence that each row of logits goes to. [logit row]</summary>
    public IReadOnlyList<Sequence> LogitSequences => _logitSequences;

    /// <summary>Moves of block contents to be done, in this order, before the step runs.</summary>
    public IReadOnlyList<BlockTransfer> Transfers => _transfers;

    internal void Begin(long step)
    {
        Step = step;
        TokenCount = 0;
        _sequences.Clear();
        _logitSequences.Clear();
        _transfers.Clear();
    }

    /// <summary>Adds the next tokens of a sequence, which has their slots; they count as stored from here on.</summary>
    internal void Add(Sequence sequence, int firstPosition, int tokenCount)
    {
        int index = _sequences.Count;
        int start = TokenCount;
        _sequences.Add(sequence);
        sequence.Tokens.Slice(firstPosition, tokenCount).CopyTo(TokenIds.AsSpan(start));
        for (int i = 0; i < tokenCount; i++)
        {
            Positions[start + i] = firstPosition + i;
            TokenSequences[start + i] = index;
        }

        TokenCount += tokenCount;
        SequenceStarts[index + 1] = TokenCount;
        ContextLengths[index] = firstPosition + tokenCount;
        if (firstPosition + tokenCount == sequence.TokenCount)
            AddLogits(sequence);
    }

    /// <summary>Takes over what must move before the step, and writes the block tables as they are now that all is decided.</summary>
    internal void Complete(List<BlockTransfer> transfers)
    {
        _transfers.AddRange(transfers);
        transfers.Clear();
        int count = 0;
        for (int index = 0; index < _sequences.Count; index++)
        {
            ReadOnlySpan<int> blocks = _sequences[index].BlockTable.Blocks;
            blocks.CopyTo(BlockIds.AsSpan(count));
            count += blocks.Length;
            BlockTableStarts[index + 1] = count;
        }
    }

    private void AddLogits(Sequence sequence)
    {
        int lastToken = TokenCount - 1;
        LogitTokens[_logitSequences.Count] = lastToken;
        _logitSequences.Add(sequence);
        foreach (Sequence branch in sequence.PendingBranches)
        {
            if (branch.Status == SequenceStatus.Finished)
                continue;
            LogitTokens[_logitSequences.Count] = lastToken;
            _logitSequences.Add(branch);
        }
    }
}
