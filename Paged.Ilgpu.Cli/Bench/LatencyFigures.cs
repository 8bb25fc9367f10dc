namespace Paged.Ilgpu.Cli.Bench;

/// <summary>Times of many requests.</summary>
/// <param name="Mean">Their average.</param>
/// <param name="Median">Half of them took no longer.</param>
/// <param name="P99">99 in 100 took no longer.</param>
internal sealed record LatencyFigures(TimeSpan Mean, TimeSpan Median, TimeSpan P99)
{
    /// <summary>The figures of some times; zero where there are none.</summary>
    public static LatencyFigures Of(IEnumerable<TimeSpan> times)
    {
        TimeSpan[] sorted = [.. times.Order()];
        return sorted.Length == 0
            ? new LatencyFigures(TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero)
            : new LatencyFigures(TimeSpan.FromTicks((long)sorted.Average(time => time.Ticks)), Percentile(sorted, 50), Percentile(sorted, 99));
    }

    /// <summary>Between two times of the list a straight line, as NumPy has it.</summary>
    private static TimeSpan Percentile(TimeSpan[] sorted, double percent)
    {
        double rank = percent / 100 * (sorted.Length - 1);
        TimeSpan below = sorted[(int)rank];
        return below + ((rank - (int)rank) * (sorted[Math.Min((int)rank + 1, sorted.Length - 1)] - below));
    }
}
