using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Engine;

/// <summary>Watches an engine's steps, on the thread that runs them.</summary>
public interface IStepObserver
{
    /// <summary>A step is scheduled and its slots are taken; nothing has been computed.</summary>
    /// <param name="batch">What it computes; valid during the call.</param>
    /// <param name="time">When, on the engine's clock: since the engine was made.</param>
    void StepBegins(StepBatch batch, TimeSpan time);

    /// <summary>The step is done.</summary>
    /// <param name="batch">What it computed; valid during the call.</param>
    /// <param name="ended">The sequences that ended with it; the list is valid during the call.</param>
    /// <param name="time">When, on the engine's clock.</param>
    void StepEnded(StepBatch batch, IReadOnlyList<Sequence> ended, TimeSpan time);
}
