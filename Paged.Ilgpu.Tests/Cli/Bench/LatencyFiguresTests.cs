using Paged.Ilgpu.Cli.Bench;

namespace Paged.Ilgpu.Tests.Cli.Bench;

internal sealed class LatencyFiguresTests
{
    [Test]
    public void percentiles_lie_on_a_line_between_two_times()
    {
        var figures = LatencyFigures.Of(new[] { 40.0, 10, 20, 30 }.Select(TimeSpan.FromMilliseconds));
        Assert.That(figures.Mean.TotalMilliseconds, Is.EqualTo(25));
        Assert.That(figures.Median.TotalMilliseconds, Is.EqualTo(25));
        Assert.That(figures.P99.TotalMilliseconds, Is.EqualTo(39.7).Within(1e-3), "numpy.percentile([10, 20, 30, 40], 99)");
    }

    [Test]
    public void of_no_times_they_are_zero() => Assert.That(LatencyFigures.Of([]).P99, Is.EqualTo(TimeSpan.Zero));
}
