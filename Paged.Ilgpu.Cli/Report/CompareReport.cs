using Spectre.Console;

namespace Paged.Ilgpu.Cli.Report;

/// <summary>Naive and paged, side by side.</summary>
internal static class CompareReport
{
    public static void Write(IAnsiConsole console, RunSummary naive, RunSummary paged, string device)
    {
        console.WriteLine();
        console.WriteLine($" {naive.Requests:N0} prompts in {Numbers.Bytes(naive.KvCacheBytes)} of KV cache, on {device}; on average over the steps");
        console.WriteLine();
        Table bars = ReportConsole.NumberTable("", "");
        bars.ShowHeaders = false;
        bars.AddRow(new Text("naive"), UsageBar.Of(naive.Average));
        bars.AddRow(new Text("paged"), UsageBar.Of(paged.Average));
        bars.AddRow(new Text(""), UsageBar.Legend);
        console.Write(bars);
        console.WriteLine();

        Table table = ReportConsole.NumberTable("", "naive", "paged", "paged / naive");
        void Figure(string label, Func<RunSummary, double> value, Func<double, string> show) =>
            table.Row(label, show(value(naive)), show(value(paged)), Ratio(value(paged), value(naive)));
        void Fact(string label, Func<RunSummary, string> show) => table.Row(label, show(naive), show(paged), "");

        Fact("blocks", run => $"{run.Blocks:N0} × {run.BlockSize:N0}");
        Figure("sequences at once, most", run => run.PeakSequences, Numbers.Count);
        Figure("sequences at once, average", run => run.AverageSequences, Numbers.Count);
        Figure("slots owned", run => run.Average.OwnedSlots, Numbers.Count);
        Figure("slots with a token", run => run.Average.StoredSlots, Numbers.Count);
        Fact("  share of the pool", run => Numbers.Percent(run.Average.StoredShareOfPool));
        Figure("slots wasted", run => run.Average.WastedSlots, Numbers.Count);
        Fact("  memory", run => Numbers.Bytes(run.Average.WastedBytes));
        Fact("  share of the pool", run => Numbers.Percent(run.Average.WastedShareOfPool));
        Fact("  share of device memory", run => Numbers.Percent(run.Average.WastedShareOfDeviceMemory));
        Fact("  blocks per sequence", run => run.AverageWastedBlocksPerSequence.ToString("N2"));
        Figure("steps", run => run.Steps, Numbers.Count);
        Figure("seconds", run => run.Seconds, seconds => seconds.ToString("N1"));
        Figure("prompt tokens / s", run => run.PromptTokensPerSecond, rate => rate.ToString("N1"));
        Figure("completion tokens / s", run => run.CompletionTokensPerSecond, rate => rate.ToString("N1"));
        Fact("preemptions", run => run.Preemptions.ToString("N0"));
        Fact("prompt tokens found in cache", run => Numbers.Percent(run.PrefixHitRate));
        console.Write(table);
        console.WriteLine();
        foreach (RunSummary run in (RunSummary[])[naive, paged])
            console.WriteLine($"{run.Cache}: {run.FragmentedMemoryLine()}");
    }

    private static string Ratio(double value, double unit) => unit == 0 ? "" : $"{Numbers.Decimal(value / unit, 2)} ×";
}
