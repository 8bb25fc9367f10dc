namespace Paged.Ilgpu.Cli.Output;

/// <summary>Keeps outcomes, by the order of the input.</summary>
/// <param name="count">Requests of the run.</param>
internal sealed class CollectedOutcomes(int count) : IOutcomeWriter
{
    /// <summary>The outcomes; whole once the run has ended.</summary>
    public Outcome[] All { get; } = new Outcome[count];

    /// <inheritdoc/>
    public void Write(Outcome outcome) => All[outcome.Index] = outcome;
}
