using Spectre.Console;

namespace Paged.Ilgpu.Cli.Report;

/// <summary>Naive and paged, side by side.</summary>
/// <param name="naive">The run with the naive cache.</param>
/// <param name="paged">The same with the paged one.</param>
internal sealed class CompareReport(RunSummary naive, RunSummary paged)
{
    /// <summary>The figures of both.</summary>
    public TextTable Table { get; } = Rows(naive, paged);

    /// <param name="writer">Where it goes.</param>
    /// <param name="device">The device's name.</param>
    public void Write(TextWriter writer, string device)
    {
        writer.WriteLine();
        writer.WriteLine($" {naive.Requests:N0} prompts on {device}, with {Numbers.Bytes(naive.KvCacheBytes)} of KV cache");
        writer.WriteLine();
        IAnsiConsole console = ReportConsole.For(writer);
        console.MarkupLine($" naive  {UsageBar.Of(naive.Average)}");
        console.MarkupLine($" paged  {UsageBar.Of(paged.Average)}");
        console.MarkupLine($"        {UsageBar.Legend}, on average over the steps");
        writer.WriteLine();
        Table.Write(writer);
        writer.WriteLine();
        writer.WriteLine($"naive: {naive.FragmentedMemoryLine()}");
        writer.WriteLine($"paged: {paged.FragmentedMemoryLine()}");
    }

    private static TextTable Rows(RunSummary naive, RunSummary paged)
    {
        var table = new TextTable("", "naive", "paged", "paged / naive");
        Fact("blocks × tokens", run => $"{run.Blocks:N0} × {run.BlockSize:N0}");
        Figure("sequences at once, peak", run => run.PeakSequences, Numbers.Count);
        Figure("sequences at once", run => run.AverageSequences, Numbers.Count);
        Figure("slots owned", run => run.Average.OwnedSlots, Numbers.Count);
        Figure("slots with a token", run => run.Average.StoredSlots, Numbers.Count);
        Fact("  share of the pool", run => Numbers.Percent(run.Average.StoredShareOfPool));
        Figure("slots wasted", run => run.Average.WastedSlots, Numbers.Count);
        Fact("  memory", run => Numbers.Bytes(run.Average.WastedBytes));
        Fact("  share of the pool", run => Numbers.Percent(run.Average.WastedShareOfPool));
        Fact("  share of device memory", run => Numbers.Percent(run.Average.WastedShareOfDeviceMemory));
        Fact("  blocks per sequence", run => $"{run.AverageWastedBlocksPerSequence:N2}");
        Figure("steps", run => run.Steps, Numbers.Count);
        Figure("seconds", run => run.Seconds, seconds => $"{seconds:N1}");
        Figure("prompt tokens / s", run => run.PromptTokensPerSecond, rate => $"{rate:N1}");
        Fact("  found in the cache", run => Numbers.Percent(run.PrefixHitRate));
        Figure("completion tokens / s", run => run.CompletionTokensPerSecond, rate => $"{rate:N1}");
        Fact("preemptions", run => $"{run.Preemptions:N0}");
        return table;

        void Figure(string label, Func<RunSummary, double> value, Func<double, string> show)
        {
            double unit = value(naive);
            table.Row(label, show(unit), show(value(paged)), unit == 0 ? "" : $"{Numbers.Decimal(value(paged) / unit, 2)} ×");
        }

        void Fact(string label, Func<RunSummary, string> show) => table.Row(label, show(naive), show(paged), "");
    }
}
