using Spectre.Console;

namespace Paged.Ilgpu.Cli.Report;

/// <summary>The summary of a run, to look at.</summary>
internal static class RunReport
{
    public static void Write(IAnsiConsole console, RunSummary run, string device)
    {
        console.WriteLine();
        console.WriteLine(
            $" {run.Cache} KV cache: {run.Blocks:N0} blocks of {run.BlockSize:N0} tokens, {Numbers.Bytes(run.KvCacheBytes)}, on {device}; on average over the steps");
        console.WriteLine();
        console.Write(new Padder(UsageBar.Of(run.Average), new Padding(1, 0)));
        console.Write(new Padder(UsageBar.Legend, new Padding(1, 0)));
        console.WriteLine();
        Table cache = ReportConsole.NumberTable("", "average", "peak", "final");
        AddRow(cache, run, "sequences at once", figures => Numbers.Count(figures.Sequences));
        AddRow(cache, run, "slots owned", figures => Numbers.Count(figures.OwnedSlots));
        AddRow(cache, run, "slots with a token", figures => Numbers.Count(figures.StoredSlots));
        AddRow(cache, run, "  share of the pool", figures => Numbers.Percent(figures.StoredShareOfPool));
        AddRow(cache, run, "slots wasted", figures => Numbers.Count(figures.WastedSlots));
        AddRow(cache, run, "  memory", figures => Numbers.Bytes(figures.WastedBytes));
        AddRow(cache, run, "  share of the pool", figures => Numbers.Percent(figures.WastedShareOfPool));
        AddRow(cache, run, "  share of device memory", figures => Numbers.Percent(figures.WastedShareOfDeviceMemory));
        console.Write(cache);
        console.WriteLine();

        Table work = ReportConsole.NumberTable("", "", "");
        work.ShowHeaders = false;
        work.Row("requests answered", run.Answered.ToString("N0"), run.Refused > 0 ? $"{run.Refused:N0} refused" : "");
        work.Row("prompt tokens", run.PromptTokens.ToString("N0"), $"{run.PromptTokensPerSecond:N1} / s");
        work.Row("completion tokens", run.CompletionTokens.ToString("N0"), $"{run.CompletionTokensPerSecond:N1} / s");
        work.Row("steps", run.Steps.ToString("N0"), $"in {run.Seconds:N1} s");
        work.Row("preemptions", run.Preemptions.ToString("N0"), run.RecomputedTokens > 0 ? $"{run.RecomputedTokens:N0} tokens again" : "");
        work.Row("prompt tokens found in cache", run.PrefixHitTokens.ToString("N0"), Numbers.Percent(run.PrefixHitRate));
        console.Write(work);
        console.WriteLine();
        console.WriteLine(run.FragmentedMemoryLine());
    }

    private static void AddRow(Table table, RunSummary run, string label, Func<SlotFigures, string> show) =>
        table.Row(label, show(run.Average), show(run.Peak), show(run.Final));
}
