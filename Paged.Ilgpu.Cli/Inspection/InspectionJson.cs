using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Cli.Inspection;

/// <summary>An inspection as JSON; each property is a key, in snake_case.</summary>
internal sealed record InspectionJson
{
    public required string? Form { get; init; }

    public required string? ConfigurationFile { get; init; }

    public required IReadOnlyList<InspectedFile> Files { get; init; }

    public required LlamaConfig? Model { get; init; }

    /// <summary>Such as llama3, yarn, linear, dynamic; null where nothing is scaled.</summary>
    public required string? RopeScalingType { get; init; }

    public required long Parameters { get; init; }

    public required long Bytes { get; init; }

    /// <summary>Of the weights on a device, in the type that they are stored in; null where they cannot be used.</summary>
    public required long? DeviceBytes { get; init; }

    /// <summary>The same with <c>--quantization int8</c>.</summary>
    public required long? DeviceBytesInt8 { get; init; }

    public required TokenizerFacts? Tokenizer { get; init; }

    public required string? ChatTemplate { get; init; }

    public required GenerationDefaults? Generation { get; init; }

    public required IReadOnlyList<TensorGroup> Tensors { get; init; }

    public required IReadOnlyList<string> Refusals { get; init; }

    public static InspectionJson Of(ModelInspection inspection) => new()
    {
        Form = inspection.Checkpoint.Form,
        ConfigurationFile = inspection.Checkpoint.ConfigPath,
        Files = [.. inspection.Checkpoint.Files.Select(file => new InspectedFile(file.Path, file.SizeInBytes))],
        Model = inspection.Checkpoint.Config,
        RopeScalingType = inspection.Checkpoint.Config?.RopeScaling switch
        {
            null => null,
            Llama3RopeScaling => "llama3",
            YarnRopeScaling => "yarn",
            LinearRopeScaling => "linear",
            _ => "dynamic",
        },
        Parameters = inspection.ParameterCount,
        Bytes = inspection.Groups.Sum(group => group.Bytes),
        DeviceBytes = inspection.BytesOnDevice(WeightQuantization.None),
        DeviceBytesInt8 = inspection.BytesOnDevice(WeightQuantization.Int8),
        Tokenizer = inspection.Tokenizer,
        ChatTemplate = inspection.ChatTemplate,
        Generation = inspection.Generation,
        Tensors = inspection.Groups,
        Refusals = inspection.Refusals,
    };
}

/// <summary>A file of weights.</summary>
internal sealed record InspectedFile(string Path, long Bytes);
