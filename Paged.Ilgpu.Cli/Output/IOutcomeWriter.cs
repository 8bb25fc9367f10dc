namespace Paged.Ilgpu.Cli.Output;

/// <summary>Takes the outcome of each request once. Not for several threads.</summary>
internal interface IOutcomeWriter
{
    /// <summary>Writes an outcome whole and flushes it, so that what is written is never half an answer.</summary>
    void Write(Outcome outcome);
}
