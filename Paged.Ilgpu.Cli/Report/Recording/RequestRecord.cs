using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Cli.Report.Recording;

/// <summary>One request of a run; one for each answer where it asked for several.</summary>
/// <param name="sequence">Its sequence.</param>
internal sealed class RequestRecord(Sequence sequence)
{
    private readonly List<(long Step, int Tokens)> _storedTokens = [];
    private (long Step, int Tokens) _last;

    /// <summary>Its sequence; whoever reads it does so when the run is over.</summary>
    public Sequence Sequence => sequence;

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

    private bool IsOnLine(long step, int tokens)
    {
        (long Step, int Tokens) begin = _storedTokens[^1];
        return begin == _last || (tokens - _last.Tokens) * (_last.Step - begin.Step) == (_last.Tokens - begin.Tokens) * (step - _last.Step);
    }
}
