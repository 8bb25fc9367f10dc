namespace Paged.Ilgpu.Cli.Output;

/// <summary>Takes the outcome of each request once. Not for several threads.</summary>
internal interface IOutcomeWriter
{
    /// <summary>Outcomes that were taken and are not written yet.</summary>
    int HeldBack => 0;

    /// <summary>Writes an outcome whole and flushes it, so that what is written is never half an answer.</summary>
    void Write(Outcome outcome);
}
