using Paged.Ilgpu.Cli.Report;

namespace Paged.Ilgpu.Cli.Bench;

/// <summary>What a benchmark of quantization measured, to look at.</summary>
internal static class QuantizationReport
{
    public static void Write(TextWriter output, QuantizationResult result)
    {
        output.WriteLine();
        var table = new TextTable("", result.WeightType, "int8", $"int8 / {result.WeightType}");
        Row("weights", figures => figures.WeightBytes, Numbers.Bytes);
        Row("KV blocks", figures => figures.KvBlocks, value => $"{value:N0}");
        Row("output tokens / s", figures => figures.CompletionTokensPerSecond, value => $"{value:N1}");
        Row("all tokens / s", figures => figures.TotalTokensPerSecond, value => $"{value:N1}");
        Row("ms per output token", figures => figures.MedianTpotMs, value => $"{value:N2}");
        Row("  of a request alone", figures => figures.MedianTpotMsAlone, value => $"{value:N2}");
        table.Write(output);
        output.WriteLine();
        LogitDifference logits = result.Logits;
        var errors = new TextTable($"logits after {logits.Rows:N0} texts", "");
        errors.Row("standard deviation", Numbers.Decimal(logits.Spread, 3));
        errors.Row("error, mean", Numbers.Decimal(logits.MeanError, 4));
        errors.Row("error, largest", Numbers.Decimal(logits.MaxError, 3));
        errors.Row("KL divergence, mean, nats", Numbers.Decimal(logits.MeanKlDivergence, 5));
        errors.Row("same likeliest token", Numbers.Percent(logits.TopTokenAgreement));
        errors.Write(output);
        output.WriteLine();

        void Row(string label, Func<QuantizationFigures, double> read, Func<double, string> show) => table.Row(
            label, show(read(result.Plain)), show(read(result.Int8)), $"{read(result.Int8) / read(result.Plain):N2} ×");
    }
}
