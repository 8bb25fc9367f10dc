namespace Paged.Ilgpu.Cli.Running;

/// <summary>How fast a count grew of late.</summary>
internal sealed class RecentRate
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly Queue<(TimeSpan Time, long Count)> _samples = new([(TimeSpan.Zero, 0)]);

    /// <summary>Takes note of a count and says by how much it grew a second, over the last ten seconds or a little more.</summary>
    public double At(TimeSpan time, long count)
    {
        _samples.Enqueue((time, count));
        while (_samples.ElementAt(1).Time <= time - Window)
            _samples.Dequeue();
        (TimeSpan begin, long countThen) = _samples.Peek();
        return time == begin ? 0 : (count - countThen) / (time - begin).TotalSeconds;
    }
}
