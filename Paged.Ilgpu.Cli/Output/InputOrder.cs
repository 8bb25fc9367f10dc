namespace Paged.Ilgpu.Cli.Output;

/// <summary>Hands outcomes on in the order of the input, each as soon as all earlier ones are there.</summary>
internal sealed class InputOrder(IOutcomeWriter next) : IOutcomeWriter
{
    private readonly Dictionary<int, Outcome> _early = []; // by index
    private int _nextIndex;

    /// <summary>Outcomes that still wait for an earlier one.</summary>
    public int Waiting => _early.Count;

    /// <exception cref="ArgumentException">The request has an outcome already.</exception>
    public void Write(Outcome outcome)
    {
        if (outcome.Index < _nextIndex || !_early.TryAdd(outcome.Index, outcome))
            throw new ArgumentException($"Request {outcome.Index} has an outcome already.", nameof(outcome));
        while (_early.Remove(_nextIndex, out Outcome? ready))
        {
            next.Write(ready);
            _nextIndex++;
        }
    }
}
