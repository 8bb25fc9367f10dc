using Paged.Ilgpu.Config;
using Paged.Ilgpu.Weights.Gguf;

namespace Paged.Ilgpu.Weights;

/// <summary>A model on disk: its configuration and its weights, whatever form they were published in.</summary>
public sealed class Checkpoint : IDisposable
{
    private Checkpoint(string folder, LlamaConfig config, IWeightSource weights, ElementType storedType)
    {
        Folder = folder;
        Config = config;
        Weights = weights;
        StoredType = storedType;
    }

    /// <summary>The folder in which the configuration was found, beside which its tokenizer lies; empty for a named shape.</summary>
    public string Folder { get; }

    /// <summary>The model.</summary>
    public LlamaConfig Config { get; }

    /// <summary>Its weights, valid until the checkpoint is disposed. All expected tensors are there, in their right shape.</summary>
    public IWeightSource Weights { get; }

    /// <summary>The type of the embedding, which stands for that of the checkpoint; bfloat16 where that is quantized.</summary>
    public ElementType StoredType { get; }

    /// <summary>The files that the weights are in, with what each holds; none where the weights are random.</summary>
    public IReadOnlyList<ITensorFile> Files { get; private init; } = [];

    /// <summary>The token that every prompt begins with; null where the configuration does not say.</summary>
    public int? BeginOfTextId { get; private init; }

    /// <summary>The tokens that end an answer; empty where the configuration does not say.</summary>
    public IReadOnlyList<int> EndOfTextIds { get; private init; } = [];

    /// <summary>What a GGUF file says beside its tensors; null for every other form.</summary>
    public GgufMetadata? Metadata => (Files.Count > 0 ? Files[0] as GgufFile : null)?.Metadata;

    /// <summary>Opens a checkpoint; weights are mapped, not read.</summary>
    /// <param name="path">A folder with params.json and consolidated.00.pth, .01, ..., with config.json and model.safetensors or
    /// pytorch_model.bin (or their parts and the list of them), in it or in its folder `original`, or with one GGUF model; or a GGUF file,
    /// the first of its parts, or a single file of torch.save that carries model_args.</param>
    /// <param name="loadFormat">Whether to take the weights from the files or at random.</param>
    /// <param name="seed">Of random weights.</param>
    /// <param name="vocabularySize">Rows of a random embedding where the configuration leaves them open: the tokenizer's size.</param>
    /// <exception cref="PagedException">Files are missing, damaged, contradict each other, or hold what is not supported.</exception>
    public static Checkpoint Open(string path, LoadFormat loadFormat = LoadFormat.Auto, ulong seed = 0, int? vocabularySize = null)
    {
        CheckpointLayout? layout = !File.Exists(path) ? CheckpointLayout.Find(path, loadFormat)
            : GgufSet.IsModel(path) ? CheckpointLayout.OfConfig(path)
            : null;
        if (loadFormat == LoadFormat.Auto)
            return layout is null ? OpenTorchFile(path) : Own(layout.OpenWeights(), layout.Folder, layout.ReadConfig);
        return layout is null
            ? throw new PagedException($"{path} is a file, expected for random weights a folder with params.json or config.json.")
            : OpenDummy(layout, seed, vocabularySize);
    }

    /// <summary>A model of a shape, with random weights.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="seed">Of the weights.</param>
    public static Checkpoint OfShape(ModelShape shape, ulong seed = 0) =>
        new(shape.Folder ?? string.Empty, shape.Config, new RandomWeights(shape.Config, seed, shape.StoredType), shape.StoredType);

    /// <summary>Releases the weights.</summary>
    public void Dispose() => Weights.Dispose();

    /// <summary>The type that weights are given on a device where nothing else is asked for: that of the embedding, bfloat16 for quantized blocks.</summary>
    internal static ElementType StoredTypeOf(CheckpointFiles files)
    {
        StoredTensor embedding = files.Find(WeightNames.Embedding)[0];
        return embedding.IsQuantized ? ElementType.BFloat16 : embedding.Type!.Value;
    }

    private static Checkpoint OpenTorchFile(string path)
    {
        PthFile file = PthFile.Open(path);
        return Own(CheckpointFiles.Of(file), Path.GetDirectoryName(Path.GetFullPath(path))!, files =>
        {
            IReadOnlyDictionary<string, object?> arguments = file.ModelArguments
                ?? throw new PagedException($"{path} carries no model_args, "
                    + "expected them, or a folder with params.json beside the weights.");
            return MetaModel.ReadConfig(
                files, (vocabularySize, tied) => ParamsJson.Read($"model_args of {path}", arguments, vocabularySize, tied));
        });
    }

    private static Checkpoint OpenDummy(CheckpointLayout layout, ulong seed, int? vocabularySize)
    {
        ConfigFile config = layout.ReadConfig(vocabularySize);
        ElementType type = config.StoredType ?? ElementType.BFloat16; // the type of every release since Llama 2
        return new Checkpoint(layout.Folder, config.Model, new RandomWeights(config.Model, seed, type), type)
        {
            BeginOfTextId = config.BeginOfTextId,
            EndOfTextIds = config.EndOfTextIds,
        };
    }

    // The files are the checkpoint's from here on, or released where it cannot be opened.
    private static Checkpoint Own(CheckpointFiles files, string folder, Func<CheckpointFiles, ConfigFile> readConfig)
    {
        try
        {
            ConfigFile config = readConfig(files);
            var weights = new FileWeights(files, config.Model);
            return new Checkpoint(folder, config.Model, weights, StoredTypeOf(files))
            {
                Files = files.Files,
                BeginOfTextId = config.BeginOfTextId,
                EndOfTextIds = config.EndOfTextIds,
            };
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }
}
