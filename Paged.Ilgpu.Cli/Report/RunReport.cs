using Spectre.Console;

namespace Paged.Ilgpu.Cli.Report;

/// <summary>The summary of a run, to look at.</summary>
internal static class RunReport
{
    /// <param name="writer">Where it goes.</param>
    /// <param name="run">The run.</param>
    /// <param name="device">The device's name.</param>
    public static void Write(TextWriter writer, RunSummary run, string device)
    {
        writer.WriteLine();
        writer.WriteLine(
            $" {run.Cache} KV cache on {device}: {run.Blocks:N0} blocks of {run.BlockSize:N0} tokens, {Numbers.Bytes(run.KvCacheBytes)}");
        writer.WriteLine();
        IAnsiConsole console = ReportConsole.For(writer);
        console.MarkupLine($" {UsageBar.Of(run.Average)}");
        console.MarkupLine($" {UsageBar.Legend}, on average over the steps");
        writer.WriteLine();
        CacheTable(run).Write(writer);
        writer.WriteLine();
        WorkTable(run).Write(writer);
        writer.WriteLine();
        writer.WriteLine(run.FragmentedMemoryLine());
    }

    /// <summary>What the cache held.</summary>
    public static TextTable CacheTable(RunSummary run)
    {
        var table = new TextTable("", "average", "peak", "final");
        void Row(string label, Func<SlotFigures, string> show) => table.Row(label, show(run.Average), show(run.Peak), show(run.Final));
        Row("sequences at once", figures => Numbers.Count(figures.Sequences));
        Row("slots owned", figures => Numbers.Count(figures.OwnedSlots));
        Row("slots with a token", figures => Numbers.Count(figures.StoredSlots));
        Row("  share of the pool", figures => Numbers.Percent(figures.StoredShareOfPool));
        Row("slots wasted", figures => Numbers.Count(figures.WastedSlots));
        Row("  memory", figures => Numbers.Bytes(figures.WastedBytes));
        Row("  share of the pool", figures => Numbers.Percent(figures.WastedShareOfPool));
        Row("  share of device memory", figures => Numbers.Percent(figures.WastedShareOfDeviceMemory));
        return table;
    }

    /// <summary>What was done.</summary>
    public static TextTable WorkTable(RunSummary run)
    {
        var table = new TextTable();
        table.Row("requests answered", $"{run.Answered:N0}", run.Refused == 0 ? "" : $"{run.Refused:N0} refused");
        table.Row("prompt tokens", $"{run.PromptTokens:N0}", $"{run.PromptTokensPerSecond:N1} / s");
        table.Row("  found in the cache", $"{run.PrefixHitTokens:N0}", Numbers.Percent(run.PrefixHitRate));
        table.Row("completion tokens", $"{run.CompletionTokens:N0}", $"{run.CompletionTokensPerSecond:N1} / s");
        table.Row("steps", $"{run.Steps:N0}", $"{run.Seconds:N1} s");
        table.Row("preemptions", $"{run.Preemptions:N0}", run.RecomputedTokens == 0 ? "" : $"{run.RecomputedTokens:N0} tokens again");
        return table;
    }
}
