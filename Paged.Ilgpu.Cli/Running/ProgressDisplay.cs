using Paged.Ilgpu.Cli.Report;
using Spectre.Console;

namespace Paged.Ilgpu.Cli.Running;

/// <summary>Shows how far a batch is: live on a terminal, a line every few seconds elsewhere.</summary>
/// <param name="error">Where it is shown.</param>
/// <param name="label">What runs.</param>
internal sealed class ProgressDisplay(TextWriter error, string label)
{
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LiveInterval = TimeSpan.FromSeconds(0.2);

    /// <summary>Whether answers are written to the same terminal; they are progress enough, and whatever is live would be torn by them.</summary>
    public bool AnswersAreShown { get; init; }

    /// <summary>Does the work, showing what it reports.</summary>
    public BatchTotals During(Func<IProgress<BatchTotals>, BatchTotals> work)
    {
        var panel = new ProgressPanel(label);
        if (!ReportConsole.IsTerminal(error))
            return work(new Now(LineInterval, LineInterval, totals => WriteLine(panel.Line(totals))));
        if (AnswersAreShown)
            return work(new Now(TimeSpan.MaxValue, TimeSpan.MaxValue, _ => { }));
        IAnsiConsole console = ReportConsole.For(error);
        return console.Live(Text.Empty).AutoClear(enabled: true).Start(context =>
            work(new Now(TimeSpan.Zero, LiveInterval, totals => context.UpdateTarget(panel.Lines(totals, console.Profile.Width)))));
    }

    private void WriteLine(string line)
    {
        error.WriteLine(line);
        error.Flush();
    }

    /// <summary>Shows at intervals what is reported with every step, at once where <see cref="Progress{T}"/> would wait its turn.</summary>
    private sealed class Now(TimeSpan first, TimeSpan interval, Action<BatchTotals> show) : IProgress<BatchTotals>
    {
        private TimeSpan _next = first;

        public void Report(BatchTotals value)
        {
            if (value.Elapsed < _next)
                return;
            _next = value.Elapsed + interval;
            show(value);
        }
    }
}
