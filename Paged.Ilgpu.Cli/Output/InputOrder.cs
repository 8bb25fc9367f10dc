using Paged.Ilgpu.Cli.Input;

namespace Paged.Ilgpu.Cli.Output;

/// <summary>Hands outcomes on in the order of the input, each as soon as all earlier ones are there.</summary>
/// <param name="next">Takes them in order.</param>
internal sealed class InputOrder(IOutcomeWriter next) : IOutcomeWriter
{
    private readonly Queue<int> _expected = []; // by index: the requests that have begun, from the first that has no outcome
    private readonly SortedDictionary<int, Outcome> _early = []; // by index

    /// <inheritdoc/>
    public int HeldBack => _early.Count;

    /// <summary>Passes requests on and takes note of their order.</summary>
    public IEnumerable<InputItem> Expect(IEnumerable<InputItem> items)
    {
        foreach (InputItem item in items)
        {
            _expected.Enqueue(item.Index);
            yield return item;
        }
    }

    /// <exception cref="ArgumentException">The request has an outcome already, or has not begun.</exception>
    public void Write(Outcome outcome)
    {
        if (_expected.Count == 0 || outcome.Index < _expected.Peek() || !_early.TryAdd(outcome.Index, outcome))
            throw new ArgumentException($"No outcome of request {outcome.Index} is expected.", nameof(outcome));
        while (_expected.TryPeek(out int index) && _early.Remove(index, out Outcome? ready))
        {
            _expected.Dequeue();
            next.Write(ready);
        }
    }

    /// <summary>Hands on what is left, although earlier outcomes will not come: the run was interrupted.</summary>
    public void WriteRest()
    {
        foreach (Outcome outcome in _early.Values)
            next.Write(outcome);
        _early.Clear();
        _expected.Clear();
    }
}
