using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Cli.Report.Recording;

/// <summary>What became of a request.</summary>
/// <param name="Id">The engine's number.</param>
/// <param name="PromptTokens">Tokens of its prompt.</param>
/// <param name="CachedTokens">Those of them that were found in the cache.</param>
/// <param name="AnswerTokens">Tokens of its answer so far.</param>
/// <param name="Added">When it was added, on the engine's clock.</param>
/// <param name="FirstToken">When it had its first token; null where it has none.</param>
/// <param name="Ended">When it ended; null where it has not.</param>
/// <param name="Preemptions">How often it had to give its blocks up.</param>
/// <param name="FinishReason">Why it ended; null where it has not.</param>
internal sealed record RequestFigures(
    long Id,
    int PromptTokens,
    int CachedTokens,
    int AnswerTokens,
    TimeSpan Added,
    TimeSpan? FirstToken,
    TimeSpan? Ended,
    int Preemptions,
    FinishReason? FinishReason)
{
    public static RequestFigures Of(Sequence sequence) => new(
        sequence.Id,
        sequence.PromptLength,
        sequence.CachedPromptTokens,
        sequence.GeneratedCount,
        sequence.Times.Added,
        sequence.GeneratedCount == 0 ? null : sequence.Times.FirstToken,
        sequence.FinishReason is null ? null : sequence.Times.Ended,
        sequence.PreemptionCount,
        sequence.FinishReason);
}

/// <summary>One request of a run; one for each answer where it asked for several. Its tokens are let go when it ends.</summary>
/// <param name="sequence">Its sequence.</param>
/// <param name="name">What it is called.</param>
internal sealed class RequestRecord(Sequence sequence, string name)
{
    private Sequence? _sequence = sequence;
    private RequestFigures? _ended;
    private readonly List<(long Step, int Tokens)> _storedTokens = [];
    private (long Step, int Tokens) _last;

    /// <summary>What it is called.</summary>
    public string Name => name;

    /// <summary>What became of it so far.</summary>
    public RequestFigures Figures => _ended ?? RequestFigures.Of(_sequence!);

    /// <summary>
    /// Tokens stored in its blocks, at the steps where their growth changed: between two of them it is a straight line. Meaningless while
    /// it holds no blocks.
    /// </summary>
    public IEnumerable<(long Step, int Tokens)> StoredTokens => _storedTokens.Append(_last);

    /// <summary>Takes note of the tokens that are stored once a step has run.</summary>
    public void Store(long step, int tokens)
    {
        if (_storedTokens.Count == 0)
            _storedTokens.Add((step, tokens));
        else if (!IsOnLine(step, tokens))
            _storedTokens.Add(_last);
        _last = (step, tokens);
    }

    /// <summary>Takes note of its end.</summary>
    public void End()
    {
        _ended = Figures;
        _sequence = null;
    }

    private bool IsOnLine(long step, int tokens)
    {
        (long Step, int Tokens) begin = _storedTokens[^1];
        return begin == _last || (tokens - _last.Tokens) * (_last.Step - begin.Step) == (_last.Tokens - begin.Tokens) * (step - _last.Step);
    }
}
