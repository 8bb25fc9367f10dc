using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Engine;

/// <summary>Writes down when requests come, have their first token and end. A step costs it one look at the clock.</summary>
/// <param name="clock">What tells the time.</param>
/// <param name="metrics">Where the durations go.</param>
internal sealed class RequestClock(TimeProvider clock, EngineMetrics metrics)
{
    private readonly long _start = clock.GetTimestamp();

    /// <summary>Time since the engine was made.</summary>
    public TimeSpan Now => clock.GetElapsedTime(_start);

    /// <summary>A request came, with its branches.</summary>
    public void Added(Sequence sequence)
    {
        sequence.Times.Added = Now;
        foreach (Sequence branch in sequence.Branches)
            branch.Times.Added = sequence.Times.Added;
    }

    /// <summary>A step drew tokens.</summary>
    /// <param name="batch">The step, finished.</param>
    /// <param name="ended">The sequences that ended with it.</param>
    /// <returns>When.</returns>
    public TimeSpan StepEnded(StepBatch batch, IReadOnlyList<Sequence> ended)
    {
        TimeSpan now = Now;
        for (int row = 0; row < batch.LogitCount; row++)
        {
            Sequence sequence = batch.LogitSequences[row];
            if (sequence.GeneratedCount != 1)
                continue;
            sequence.Times.FirstToken = now;
            metrics.HadFirstToken(sequence);
        }

        for (int i = 0; i < ended.Count; i++)
        {
            ended[i].Times.Ended = now;
            metrics.Ended(ended[i]);
        }

        return now;
    }
}
