using Paged.Ilgpu.Cli.Report;
using Paged.Ilgpu.Cli.Running;
using Spectre.Console;

namespace Paged.Ilgpu.Tests.Cli.Running;

internal sealed class ProgressPanelTests
{
    [TestCase(60)]
    [TestCase(80)]
    [TestCase(120)]
    [TestCase(300)]
    public void on_a_terminal_four_lines_fit_its_width(int width)
    {
        var totals = new BatchTotals
        {
            Requests = 1_000_000,
            Answered = 412_000,
            Running = 256,
            Waiting = 587_744,
            OwnedShare = 0.99,
            StoredShare = 0.97,
            PrefixHitRate = 0.123,
            Preemptions = 33_684,
            Elapsed = TimeSpan.FromHours(3),
            GeneratedTokens = 100_000_000,
        };
        using var output = new StringWriter { NewLine = "\n" };
        IAnsiConsole console = ReportConsole.For(output);
        console.Profile.Width = width;
        console.Profile.Capabilities.Ansi = false;
        console.Write(new ProgressPanel("run").Lines(totals, width));
        string[] lines = output.ToString().TrimEnd('\n').Split('\n');
        Assert.Multiple(() =>
        {
            Assert.That(lines, Has.Length.EqualTo(4), output.ToString());
            Assert.That(lines, Has.All.Length.LessThanOrEqualTo(width));
            Assert.That(lines[0], Does.Contain("━━━━━━━━").And.Contain("412,000 of 1,000,000 done, 4:16:53 left"));
            Assert.That(lines[1], Does.Contain("256 running, 587,744 waiting, 33,684 preemptions"));
            Assert.That(lines[3], Does.Contain("██").And.Contain("99.0% in use, 12.3% prefix hits"));
        });
    }

    [Test]
    public void rates_are_those_of_the_last_ten_seconds()
    {
        var panel = new ProgressPanel("run");
        string line = "";
        for (int second = 0; second <= 30; second++)
        {
            line = panel.Line(new BatchTotals
            {
                Requests = 1,
                Elapsed = TimeSpan.FromSeconds(second),
                GeneratedTokens = second < 15 ? 1000 : 1000 + (20 * (second - 15)),
            });
        }

        Assert.That(line, Does.Contain(" 20 completion tokens/s").And.EndWith("0:30 so far"));
    }
}
