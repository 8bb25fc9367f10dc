using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Weights;

/// <summary>What is in a checkpoint, also in one that cannot be used: each part is read for itself, and what is wrong with it is kept.</summary>
public sealed class CheckpointInspection
{
    private readonly List<string> _refusals = [];

    private CheckpointInspection()
    {
    }

    /// <summary>The name of the form: Meta, Hugging Face or GGUF; null where none is recognised.</summary>
    public string? Form { get; private set; }

    /// <summary>The path of the configuration; null where there is none.</summary>
    public string? ConfigPath { get; private set; }

    /// <summary>The model; null where the configuration cannot be read.</summary>
    public LlamaConfig? Config { get; private set; }

    /// <summary>The type that its weights are given on a device where nothing else is asked for; null where they cannot be used.</summary>
    public ElementType? StoredType { get; private set; }

    /// <summary>The paths of the files of weights and their sizes in bytes; none where they are not found.</summary>
    public IReadOnlyList<(string Path, long SizeInBytes)> Files { get; private set; } = [];

    /// <summary>All tensors, in the order of the files; none where they cannot be read.</summary>
    public IReadOnlyList<InspectedTensor> Tensors { get; private set; } = [];

    /// <summary>Why the checkpoint would not be used, a sentence each; none where nothing speaks against it.</summary>
    public IReadOnlyList<string> Refusals => _refusals;

    /// <summary>Looks at a checkpoint.</summary>
    /// <param name="path">As for <see cref="Checkpoint.Open"/>, a folder or a GGUF file.</param>
    /// <param name="vocabularySize">Rows of the embedding where neither configuration nor weights say: the tokenizer's size.</param>
    public static CheckpointInspection Of(string path, int? vocabularySize = null)
    {
        var inspection = new CheckpointInspection();
        CheckpointLayout? layout = inspection.Try(() => Locate(path, LoadFormat.Auto));
        if (layout is null) // weights are missing; maybe the configuration is there
            layout = Quietly(() => Locate(path, LoadFormat.Dummy));
        if (layout is null)
            return inspection;
        inspection.Form = layout.Form switch { CheckpointForm.Meta => "Meta", CheckpointForm.HuggingFace => "Hugging Face", _ => "GGUF" };
        inspection.ConfigPath = layout.ConfigPath;
        bool hasWeights = inspection._refusals.Count == 0;
        using CheckpointFiles? files = hasWeights ? inspection.Try(layout.OpenWeights) : null;
        inspection.Config = inspection.Try(() => files is null ? layout.ReadConfig(vocabularySize) : layout.ReadConfig(files))?.Model;
        if (files is not null)
            inspection.List(files);
        if (inspection.Config is { } config && files is not null && inspection.Try(() => new FileWeights(files, config)) is not null)
            inspection.StoredType = Checkpoint.StoredTypeOf(files);
        return inspection;
    }

    private static CheckpointLayout Locate(string path, LoadFormat loadFormat) => File.Exists(path)
        ? CheckpointLayout.OfConfig(path)
            ?? throw new PagedException($"{path} is a file, expected a folder with a checkpoint, its configuration, or a .gguf file.")
        : CheckpointLayout.Find(path, loadFormat);

    private void List(CheckpointFiles files)
    {
        Files = [.. files.Files.Select(file => (file.Path, new FileInfo(file.Path).Length))];
        Tensors = [.. files.Files.SelectMany(file => file.Tensors).Select(tensor =>
            new InspectedTensor(tensor.Name, tensor.TypeName, tensor.Shape, tensor.SizeInBytes, tensor.Path, UseOf(tensor.Name)))];
    }

    private TensorUse UseOf(string name) =>
        CheckpointNames.IsIgnored(name) ? TensorUse.Ignored
        : !CheckpointNames.TryTranslate(name, out string ours, out _) ? TensorUse.Unknown
        : ours == WeightNames.Output && Config is { TiedEmbedding: true } ? TensorUse.Ignored
        : TensorUse.Used;

    private T? Try<T>(Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (PagedException refusal)
        {
            _refusals.Add(refusal.Message);
            return null;
        }
    }

    private static T? Quietly<T>(Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (PagedException)
        {
            return null;
        }
    }
}
