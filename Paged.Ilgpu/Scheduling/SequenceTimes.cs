namespace Paged.Ilgpu.Scheduling;

/// <summary>When a sequence's life had its turns, on the clock of the engine that runs it, which keeps it. Zero until then.</summary>
public sealed class SequenceTimes
{
    /// <summary>When it was added.</summary>
    public TimeSpan Added { get; internal set; }

    /// <summary>When the step ended that drew the first token of its answer.</summary>
    public TimeSpan FirstToken { get; internal set; }

    /// <summary>When the step ended that drew the last one.</summary>
    public TimeSpan Ended { get; internal set; }
}
