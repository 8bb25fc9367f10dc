using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Weights;

/// <summary>A model without its weights. The one place that decides what the name of such a model stands for.</summary>
/// <param name="Config">Its shape and constants.</param>
/// <param name="StoredType">The type of its weights; bfloat16, as in every release since Llama 2, where the configuration does not say.</param>
/// <param name="Folder">Where its configuration lies; null for a named shape.</param>
public sealed record ModelShape(LlamaConfig Config, ElementType StoredType, string? Folder)
{
    /// <summary>Parameters of all tensors.</summary>
    public long ParameterCount => ExpectedTensors.Of(Config).Sum(tensor => (long)tensor.Rows * tensor.Columns);

    /// <summary>The folder in which a model's configuration is looked for; null for a named shape.</summary>
    /// <param name="model">A folder, the path of a params.json, config.json or .gguf file, or a name of <see cref="NamedShapes"/>.</param>
    /// <exception cref="PagedException">It is none of these.</exception>
    public static string? FolderOf(string model)
    {
        if (Directory.Exists(model))
            return model;
        if (File.Exists(model))
            return Path.GetDirectoryName(Path.GetFullPath(model))!;
        if (NamedShapes.TryFind(model, out _))
            return null;
        throw new PagedException($"The model (--model) is {model}; expected is a folder with params.json, config.json or a .gguf file, such a file, "
            + $"or one of the names {string.Join(", ", NamedShapes.Names)}.");
    }

    /// <summary>Reads a model's shape.</summary>
    /// <param name="model">As for <see cref="FolderOf"/>; a folder of that name goes before a named shape.</param>
    /// <param name="vocabularySize">Rows of the embedding where the configuration leaves them open: the tokenizer's size.</param>
    /// <exception cref="PagedException">There is no such model, or its configuration is not understood.</exception>
    public static ModelShape Find(string model, int? vocabularySize)
    {
        string? folder = FolderOf(model);
        if (folder is null && NamedShapes.TryFind(model, out LlamaConfig? named))
            return new ModelShape(named, ElementType.BFloat16, Folder: null);
        if (!File.Exists(model))
            return Of(CheckpointLayout.Find(model, LoadFormat.Dummy), vocabularySize);
        return CheckpointLayout.OfConfig(model) is { } layout ? Of(layout, vocabularySize)
            : throw new PagedException(
                $"The model (--model) is the file {model}; expected is one named params.json or config.json, or a .gguf file.");
    }

    private static ModelShape Of(CheckpointLayout layout, int? vocabularySize)
    {
        ConfigFile config = layout.ReadConfig(vocabularySize);
        return new ModelShape(config.Model, config.StoredType ?? ElementType.BFloat16, layout.Folder);
    }
}
