using System.Runtime.InteropServices;
using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Scheduling;

/// <summary>Where a sequence is on its way.</summary>
public enum SequenceStatus
{
    /// <summary>Not begun: it holds no blocks.</summary>
    Waiting,

    /// <summary>It holds blocks and is given tokens to compute.</summary>
    Running,

    /// <summary>It had to give its blocks up and waits for its turn to go on.</summary>
    Preempted,

    /// <summary>Its answer is complete or it was aborted; it holds nothing.</summary>
    Finished,
}

/// <summary>Why a sequence ended.</summary>
public enum FinishReason
{
    /// <summary>A stop id was drawn, or a stop string completed.</summary>
    Stop,

    /// <summary>The most tokens of its answer, or the model's length, was reached.</summary>
    Length,

    /// <summary>Whoever asked no longer wants the answer.</summary>
    Abort,
}

/// <summary>One prompt with the one answer that grows behind it. The <see cref="Scheduler"/> it was added to changes it.</summary>
public sealed class Sequence
{
    private readonly ITokenizer? _tokenizer;
    private int[] _tokens; // the prompt, then the answer
    private List<Sequence>? _branches;
    private bool _branchesHaveBegun;

    /// <summary>Creates a sequence that has not begun.</summary>
    /// <param name="id">The caller's number for it, unique in its scheduler.</param>
    /// <param name="prompt">The prompt's token ids, at least one.</param>
    /// <param name="sampling">How its answer is drawn and where it ends.</param>
    /// <param name="priority">Lower goes first where the scheduler goes by priority.</param>
    /// <param name="cacheSalt">Only sequences with equal salts share cached prefixes.</param>
    /// <param name="tokenizer">Needed where stop strings end the answer.</param>
    /// <exception cref="PagedException">The prompt is empty or the options make no sense.</exception>
    public Sequence(
        long id,
        ReadOnlySpan<int> prompt,
        SamplingOptions sampling,
        int priority = 0,
        string? cacheSalt = null,
        ITokenizer? tokenizer = null)
        : this(id, prompt, sampling, priority, cacheSalt, tokenizer, branch: 0)
    {
    }

    private Sequence(
        long id, ReadOnlySpan<int> prompt, SamplingOptions sampling, int priority, string? cacheSalt, ITokenizer? tokenizer, int branch)
    {
        if (prompt.IsEmpty)
            throw new PagedException($"The prompt of sequence {id} is empty; it must have at least one token.");
        Id = id;
        Sampling = sampling.Validated();
        Priority = priority;
        PromptLength = prompt.Length;
        TokenCount = prompt.Length;
        _tokens = prompt.ToArray();
        BlockTable = new BlockTable(id, cacheSalt);
        Branch = branch;
        _tokenizer = tokenizer;
        Answer = new AnswerState(Sampling, Sampling.Seed ?? id, branch, prompt, tokenizer);
    }

    /// <summary>The caller's number for it.</summary>
    public long Id { get; }

    /// <summary>How its answer is drawn and where it ends.</summary>
    public SamplingOptions Sampling { get; }

    /// <summary>Lower goes first where the scheduler goes by priority.</summary>
    public int Priority { get; }

    /// <summary>Its number in the order of arrival; the branches of one prompt share one.</summary>
    public long Arrival { get; internal set; }

    /// <summary>Which answer to its prompt it is, from 0.</summary>
    public int Branch { get; }

    /// <summary>Where it is on its way.</summary>
    public SequenceStatus Status { get; internal set; }

    /// <summary>Why it ended; null until it has.</summary>
    public FinishReason? FinishReason { get; internal set; }

    /// <summary>How often it had to give its blocks up.</summary>
    public int PreemptionCount { get; internal set; }

    /// <summary>Prompt tokens that another sequence had stored when this one first began.</summary>
    public int CachedPromptTokens { get; internal set; }

    /// <summary>When it was added, had its first token and ended, on its engine's clock.</summary>
    public SequenceTimes Times { get; } = new();

    /// <summary>Where its keys and values lie.</summary>
    public BlockTable BlockTable { get; }

    /// <summary>Tokens of the prompt.</summary>
    public int PromptLength { get; }

    /// <summary>Tokens of prompt and answer.</summary>
    public int TokenCount { get; private set; }

    /// <summary>Tokens of the answer so far.</summary>
    public int GeneratedCount => TokenCount - PromptLength;

    /// <summary>Tokens whose keys and values are stored, once the step that is scheduled has run.</summary>
    public int ComputedTokens => BlockTable.StoredTokens;

    /// <summary>Prompt and answer.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, TokenCount);

    /// <summary>The prompt.</summary>
    public ReadOnlySpan<int> Prompt => _tokens.AsSpan(0, PromptLength);

    /// <summary>The answer so far.</summary>
    public ReadOnlySpan<int> Generated => Tokens[PromptLength..];

    /// <summary>What drawing its next token and noticing its end take.</summary>
    internal AnswerState Answer { get; }

    /// <summary>Further answers to the same prompt, which is computed once; they begin when it is complete.</summary>
    public IReadOnlyList<Sequence> Branches => _branches ?? [];

    /// <summary>Branches that wait for the prompt to be complete.</summary>
    internal ReadOnlySpan<Sequence> PendingBranches => _branchesHaveBegun ? [] : CollectionsMarshal.AsSpan(_branches);

    /// <summary>Sequences that run once this one's prompt is complete: itself and its pending branches.</summary>
    internal int GroupSize => 1 + PendingBranches.Length;

    /// <summary>Tokens that were stored when the last preemption dropped them.</summary>
    internal int DroppedTokens { get; set; }

    /// <summary>Asks for one more answer to the same prompt, before the sequence is added to a scheduler.</summary>
    /// <param name="id">The caller's number for it.</param>
    /// <param name="sampling">How it is drawn; null: as the first one.</param>
    /// <returns>The new answer's sequence; it is added together with this one.</returns>
    public Sequence AddBranch(long id, SamplingOptions? sampling = null)
    {
        var branch = new Sequence(id, Prompt, sampling ?? Sampling, Priority, BlockTable.Salt, _tokenizer, Branches.Count + 1);
        (_branches ??= []).Add(branch);
        return branch;
    }

    /// <summary>Tokens that prompt and answer may have together; the scheduler knows it once the sequence is added.</summary>
    internal int MaxLength { get; private set; }

    internal void LimitLength(int maxModelLength) =>
        MaxLength = (int)Math.Min(PromptLength + (long)(Sampling.MaxTokens ?? maxModelLength), maxModelLength);

    /// <summary>Makes room for the whole answer, so that appending allocates nothing.</summary>
    internal void EnsureCapacity(int tokenCount)
    {
        if (tokenCount > _tokens.Length)
            Array.Resize(ref _tokens, tokenCount);
    }

    internal void Append(int token)
    {
        if (TokenCount == _tokens.Length)
            Array.Resize(ref _tokens, 2 * TokenCount);
        _tokens[TokenCount++] = token;
        Answer.Append(token);
    }

    /// <summary>Takes note that the branches have begun: each goes its own way from here on.</summary>
    internal void ReleaseBranches() => _branchesHaveBegun = true;
}
