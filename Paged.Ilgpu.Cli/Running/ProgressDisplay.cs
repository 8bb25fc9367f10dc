using Paged.Ilgpu.Cli.Report;
using Spectre.Console;

namespace Paged.Ilgpu.Cli.Running;

/// <summary>Shows how far a batch is: a bar on a terminal, a line every few seconds elsewhere.</summary>
/// <param name="error">Where it is shown.</param>
/// <param name="label">What runs.</param>
internal sealed class ProgressDisplay(TextWriter error, string label)
{
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);

    /// <summary>Whether answers are written to the same terminal; they are progress enough, and a bar would be torn by them.</summary>
    public bool AnswersAreShown { get; init; }

    /// <summary>Does the work, showing what it reports.</summary>
    public BatchTotals During(Func<IProgress<BatchTotals>, BatchTotals> work)
    {
        if (!ReportConsole.IsTerminal(error))
            return work(new Lines(error, label));
        if (AnswersAreShown)
            return work(new Nothing());
        return ReportConsole.For(error).Progress()
            .AutoClear(enabled: true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => work(new Bar(context.AddTask(label), label)));
    }

    private static string Describe(BatchTotals totals) =>
        $"{totals.Done} of {totals.Requests} done, {totals.Running} running, {totals.Waiting} waiting, "
            + $"{totals.GeneratedTokens / totals.Elapsed.TotalSeconds:N0} tokens/s";

    private sealed class Lines(TextWriter error, string label) : IProgress<BatchTotals>
    {
        private TimeSpan _next = LineInterval;

        public void Report(BatchTotals value)
        {
            if (value.Elapsed < _next)
                return;
            _next = value.Elapsed + LineInterval;
            error.WriteLine($"{label}: {Describe(value)}");
            error.Flush();
        }
    }

    private sealed class Bar(ProgressTask task, string label) : IProgress<BatchTotals>
    {
        public void Report(BatchTotals value)
        {
            task.MaxValue = value.Requests;
            task.Value = value.Done;
            task.Description = $"{label}: {Describe(value)}";
        }
    }

    private sealed class Nothing : IProgress<BatchTotals>
    {
        public void Report(BatchTotals value)
        {
        }
    }
}
