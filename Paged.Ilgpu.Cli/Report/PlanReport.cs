using Paged.Ilgpu.Cli.Planning;
using Spectre.Console;

namespace Paged.Ilgpu.Cli.Report;

/// <summary>A plan, to look at.</summary>
internal static class PlanReport
{
    /// <summary>Writes what was given: requests, weights, memory.</summary>
    public static void WriteBeginning(TextWriter writer, PlannedModel model, PlannedMemory memory, PlannedTrace trace)
    {
        writer.WriteLine();
        writer.WriteLine($" {trace.RequestCount:N0} requests to {model.Name}, all waiting at the start");
        if (trace.RefusedLines > 0)
            writer.WriteLine($" {trace.RefusedLines:N0} of the file are left out, as they cannot be served. The first: {trace.FirstRefusal}");
        writer.WriteLine();
        string Average(long tokens) => $"{(double)tokens / trace.RequestCount:N1}";
        var table = new TextTable();
        table.Row("weights", Numbers.Bytes(memory.WeightBytes), $"{model.Shape.ParameterCount:N0} parameters in {Storage(memory)}");
        table.Row("KV cache", Numbers.Bytes(memory.KvCacheBytes), $"{memory.KvBytesPerToken:N0} bytes a token in {Name(memory.KeyValueType)}");
        table.Row("device memory", Numbers.Bytes(memory.DeviceMemoryBytes), "");
        table.Row("prompt tokens", $"{trace.PromptTokens:N0}", $"{Average(trace.PromptTokens)} each, {trace.LongestPrompt:N0} at most");
        table.Row("answer tokens", $"{trace.AnswerTokens:N0}", $"{Average(trace.AnswerTokens)} each, {trace.LongestAnswer:N0} at most");
        table.Write(writer);
        if (model.CountsAreRough)
        {
            writer.WriteLine($" Counts are rough: the tokenizer, of {model.Tokenizer.VocabularySize:N0} ids, is not that of the model, "
                + $"of {model.Shape.Config.VocabularySize:N0}.");
        }

        writer.WriteLine();
    }

    /// <summary>Writes both methods side by side.</summary>
    /// <param name="writer">Where it goes.</param>
    /// <param name="naive">Null where not one sequence fits.</param>
    /// <param name="paged">The paged cache.</param>
    public static void WriteComparison(TextWriter writer, PlanSummary? naive, PlanSummary paged)
    {
        IAnsiConsole console = ReportConsole.For(writer);
        if (naive is not null)
            console.MarkupLine($" naive  {UsageBar.Of(naive.Typical)}");
        console.MarkupLine($" paged  {UsageBar.Of(paged.Typical)}");
        console.MarkupLine($"        {UsageBar.Legend}");
        writer.WriteLine();
        PlanTable.Of(naive, paged).Write(writer);
        writer.WriteLine();
        writer.WriteLine(paged.StepsWhileRequestsWait > 0
            ? $" Averages are over the steps that left requests waiting, {paged.StepsWhileRequestsWait:N0} of paged's {paged.Steps:N0}."
            : " Averages are over all steps: no request ever waits.");
        WriteNotes(writer, naive, paged);
    }

    /// <summary>Writes a row for each block size, below the naive method's.</summary>
    public static void WriteSweep(TextWriter writer, PlanSummary? naive, IReadOnlyList<PlanSummary> sweep)
    {
        var table = new TextTable(
            "block size", "blocks", "at once", "peak", "stored", "wasted", "of device", "steps", "preemptions", "recomputed", "found");
        foreach (PlanSummary plan in naive is null ? sweep : [naive, .. sweep])
        {
            table.Row(
                plan == naive ? $"{plan.BlockSize:N0} (naive)" : $"{plan.BlockSize:N0}",
                $"{plan.Blocks:N0}",
                Numbers.Count(plan.Typical.Sequences),
                $"{plan.PeakSequences:N0}",
                Numbers.Percent(plan.Typical.StoredShareOfPool),
                Numbers.Percent(plan.Typical.WastedShareOfPool),
                Numbers.Percent(plan.Typical.WastedShareOfDeviceMemory),
                $"{plan.Steps:N0}",
                $"{plan.Preemptions:N0}",
                $"{plan.RecomputedTokens:N0}",
                Numbers.Percent(plan.PrefixHitRate));
        }

        table.Write(writer);
        writer.WriteLine();
        writer.WriteLine(" Averages while requests wait. Stored, wasted: shares of the pool's slots. Found: share of prompt tokens in the cache.");
        WriteNotes(writer, [naive, .. sweep]);
    }

    private static void WriteNotes(TextWriter writer, params IEnumerable<PlanSummary?> plans)
    {
        foreach (PlanSummary? plan in plans)
        {
            if (plan is null)
                writer.WriteLine(" Naive, which sets --max-model-len aside for each, holds not a single sequence in this memory.");
            else if (plan.Refused > 0)
                writer.WriteLine($" {plan.Cache}, blocks of {plan.BlockSize:N0}: {plan.Refused:N0} of {plan.Answered + plan.Refused:N0} requests are refused. {plan.FirstRefusal}");
        }
    }

    private static string Storage(PlannedMemory memory) =>
        Name(memory.WeightType) + (memory.Quantization == WeightQuantization.Int8 ? ", linear layers in int8" : "");

    private static string Name(ElementType type) => type.ToString().ToLowerInvariant();
}
