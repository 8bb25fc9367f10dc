using Paged.Ilgpu.Cli.Report;
using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Cli.Inspection;

/// <summary>Shows an inspection: facts, tensors, and what would be refused.</summary>
internal static class InspectionReport
{
    public static void Write(TextWriter output, ModelInspection inspection)
    {
        WriteFacts(output, inspection);
        if (inspection.Groups.Count > 0)
            WriteTensors(output, inspection);
        output.WriteLine();
        if (inspection.Refusals.Count == 0)
            output.WriteLine("Nothing would be refused.");
        foreach (string refusal in inspection.Refusals)
            output.WriteLine($"Refused: {refusal}");
    }

    private static void WriteFacts(TextWriter output, ModelInspection inspection)
    {
        var table = new TextTable { IsLeftAligned = true };
        table.Row("form", inspection.Checkpoint.Form ?? "unknown");
        table.Row("configuration", inspection.Checkpoint.ConfigPath ?? "none");
        foreach ((string path, long bytes) in inspection.Checkpoint.Files)
            table.Row("weights", $"{path}, {Numbers.Bytes(bytes)}");
        if (inspection.Checkpoint.Config is { } config)
            AddModel(table, config);
        if (inspection.Groups.Count > 0)
        {
            table.Row("parameters", $"{inspection.ParameterCount:N0}");
            table.Row("bytes", Numbers.Bytes(inspection.Groups.Sum(group => group.Bytes)));
        }

        if (inspection.BytesOnDevice(WeightQuantization.None) is { } plain && inspection.BytesOnDevice(WeightQuantization.Int8) is { } quantized)
        {
            string type = inspection.Checkpoint.StoredType.ToString()!.ToLowerInvariant();
            table.Row("on a device", $"{Numbers.Bytes(plain)} in {type}, {Numbers.Bytes(quantized)} with --quantization int8");
        }

        if (inspection.Tokenizer is { } tokenizer)
        {
            table.Row("tokenizer", $"{tokenizer.File}, {tokenizer.Kind}, {tokenizer.VocabularySize:N0} ids");
            table.Row("", $"begins with {tokenizer.BeginOfTextId}, ends with {string.Join(", ", tokenizer.StopIds)}");
        }

        if (inspection.ChatTemplate is { } template)
            table.Row("chat template", template);
        if (inspection.Generation is { } generation && Describe(generation) is { Length: > 0 } defaults)
            table.Row("defaults", defaults);
        table.Write(output);
    }

    private static void AddModel(TextTable table, LlamaConfig config)
    {
        table.Row("model", $"{config.LayerCount} layers, hidden {config.HiddenSize:N0}, feed-forward {config.IntermediateSize:N0}, vocabulary {config.VocabularySize:N0}");
        table.Row("attention", $"{config.HeadCount} heads of {config.HeadDim}, {config.KeyValueHeadCount} for keys and values");
        table.Row("positions", $"{config.MaxPositions:N0}, theta {config.RopeTheta:N0}{Describe(config.RopeScaling)}");
        string[] details =
        [
            .. config.TiedEmbedding ? ["tied embedding"] : Array.Empty<string>(),
            .. config.AttentionBias ? ["attention bias"] : Array.Empty<string>(),
            .. config.FeedForwardBias ? ["feed-forward bias"] : Array.Empty<string>(),
            $"norm epsilon {config.RmsNormEpsilon:R}",
        ];
        table.Row("", string.Join(", ", details));
    }

    private static string Describe(RopeScaling? scaling) => scaling switch
    {
        null => "",
        Llama3RopeScaling llama3 => $", scaled by {llama3.Factor} as in Llama 3.1 from {llama3.OriginalMaxPositions:N0}",
        YarnRopeScaling yarn => $", scaled by {yarn.Factor} with YaRN from {yarn.OriginalMaxPositions:N0}",
        LinearRopeScaling => $", scaled by {scaling.Factor}, linear",
        DynamicRopeScaling => $", scaled by {scaling.Factor}, dynamic",
        _ => $", scaled by {scaling.Factor}",
    };

    private static string Describe(GenerationDefaults defaults)
    {
        (string Name, object? Value)[] values =
        [
            ("temperature", defaults.Temperature),
            ("top-p", defaults.TopP),
            ("top-k", defaults.TopK),
            ("min-p", defaults.MinP),
            ("repetition penalty", defaults.RepetitionPenalty),
        ];
        return string.Join(", ", values.Where(value => value.Value is not null).Select(value => $"{value.Name} {value.Value}"));
    }

    private static void WriteTensors(TextWriter output, ModelInspection inspection)
    {
        output.WriteLine();
        var table = new TextTable("tensor", "count", "shape", "type", "parameters", "bytes", "");
        foreach (TensorGroup group in inspection.Groups)
        {
            table.Row(
                group.Name,
                $"{group.Count}",
                $"[{string.Join(", ", group.Shape)}]",
                group.Type,
                $"{group.Parameters:N0}",
                Numbers.Bytes(group.Bytes),
                group.Use == "used" ? "" : group.Use);
        }

        table.Write(output);
    }
}
