using Paged.Ilgpu.Cli.Report;

namespace Paged.Ilgpu.Cli.Bench;

/// <summary>What a throughput benchmark measured, to look at.</summary>
internal static class ThroughputReport
{
    public static void Write(TextWriter output, ThroughputResult result)
    {
        output.WriteLine();
        var work = new TextTable();
        work.Row("requests", $"{result.Requests:N0}");
        work.Row("prompt tokens", $"{result.PromptTokens:N0}");
        work.Row("  found in the cache", Numbers.Percent(result.PrefixHitRate));
        work.Row("output tokens", $"{result.CompletionTokens:N0}");
        work.Row("seconds", $"{result.Seconds:N2}");
        work.Row("steps", $"{result.Steps:N0}");
        work.Row("steps / s", $"{result.StepsPerSecond:N1}");
        work.Row("ms / step, median", $"{result.MedianStepMs:N2}");
        work.Row("sequences at once, peak", $"{result.PeakSequences:N0}");
        work.Row("KV cache in use", Numbers.Percent(result.AverageKvCacheUsage));
        work.Row("  peak", Numbers.Percent(result.PeakKvCacheUsage));
        work.Row("  wasted", Numbers.Percent(result.AverageKvCacheWaste));
        work.Row("preemptions", $"{result.Preemptions:N0}");
        work.Row("allocated bytes / step", $"{result.AllocatedBytesPerStep:N0}");
        work.Row("  by the device's threads", $"{result.AllocatedBytesPerStepByDevice:N0}");
        work.Write(output);
        output.WriteLine();
        var times = new TextTable("ms", "mean", "median", "p99");
        times.Row("time to first token", $"{result.MeanTtftMs:N1}", $"{result.MedianTtftMs:N1}", $"{result.P99TtftMs:N1}");
        times.Row("time per output token", $"{result.MeanTpotMs:N2}", $"{result.MedianTpotMs:N2}", $"{result.P99TpotMs:N2}");
        times.Write(output);
        output.WriteLine();
        output.WriteLine($"Throughput: {result.RequestsPerSecond:N2} requests/s, {result.TotalTokensPerSecond:N2} total tokens/s, "
            + $"{result.CompletionTokensPerSecond:N2} output tokens/s");
    }
}
