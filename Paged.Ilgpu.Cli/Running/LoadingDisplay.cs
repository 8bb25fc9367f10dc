using System.Diagnostics;
using Paged.Ilgpu.Cli.Report;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Model;
using Spectre.Console;

namespace Paged.Ilgpu.Cli.Running;

/// <summary>Shows how far weights are: a bar with bytes and time left on a terminal, a line every few seconds elsewhere.</summary>
internal static class LoadingDisplay
{
    private const string Label = "loading weights";
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);

    /// <summary>Loads a model, showing what it reports.</summary>
    /// <param name="error">Where it is shown.</param>
    /// <param name="load">Brings the weights to the device.</param>
    public static PagedEngine During(TextWriter error, Func<IProgress<LoadProgress>, PagedEngine> load)
    {
        if (!ReportConsole.IsTerminal(error))
            return load(new Lines(error));
        return ReportConsole.For(error).Progress()
            .AutoClear(enabled: true)
            .Columns(
                new TaskDescriptionColumn(),
                new ProgressBarColumn(),
                new DownloadedColumn { Base = FileSizeBase.Binary },
                new TransferSpeedColumn { Base = FileSizeBase.Binary },
                new RemainingTimeColumn())
            .Start(context => load(new Bar(context.AddTask(Label))));
    }

    internal sealed class Lines(TextWriter error) : IProgress<LoadProgress>
    {
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        private TimeSpan _next = LineInterval;

        public void Report(LoadProgress value) => Report(value, _clock.Elapsed);

        public void Report(LoadProgress value, TimeSpan elapsed)
        {
            if (elapsed < _next)
                return;
            _next = elapsed + LineInterval;
            double secondsLeft = elapsed.TotalSeconds * (value.TotalBytes - value.BytesDone) / Math.Max(1, value.BytesDone);
            string bytes = $"{Numbers.Bytes(value.BytesDone)} of {Numbers.Bytes(value.TotalBytes)}";
            error.WriteLine($"{Label}: {bytes}, {Numbers.Count(Math.Ceiling(secondsLeft))} s left");
            error.Flush();
        }
    }

    private sealed class Bar(ProgressTask task) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value)
        {
            task.MaxValue = value.TotalBytes;
            task.Value = value.BytesDone;
        }
    }
}
