using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Model;

namespace Paged.Ilgpu.Tests.Cli.Running;

public class LoadingDisplayTests
{
    [Test]
    public void Away_from_a_terminal_a_long_load_has_a_line_every_few_seconds()
    {
        var error = new StringWriter();
        var lines = new LoadingDisplay.Lines(error);
        lines.Report(new LoadProgress(1L << 30, 16L << 30), TimeSpan.FromSeconds(4));
        Assert.That(error.ToString(), Is.Empty, "a short load is over before it is shown");
        lines.Report(new LoadProgress(4L << 30, 16L << 30), TimeSpan.FromSeconds(6));
        lines.Report(new LoadProgress(5L << 30, 16L << 30), TimeSpan.FromSeconds(7));
        lines.Report(new LoadProgress(8L << 30, 16L << 30), TimeSpan.FromSeconds(12));
        Assert.That(
            error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries),
            Is.EqualTo(new[] { "loading weights: 4.00 GiB of 16.00 GiB, 18 s left", "loading weights: 8.00 GiB of 16.00 GiB, 12 s left" }));
    }
}
