using Paged.Ilgpu.Config;

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

    /// <summary>The folder in which the configuration was found; its tokenizer lies beside it.</summary>
    public string Folder { get; }

    /// <summary>The model.</summary>
    public LlamaConfig Config { get; }

    /// <summary>Its weights, valid until the checkpoint is disposed. All expected tensors are there, in their right shape.</summary>
    public IWeightSource Weights { get; }

    /// <summary>The type of the embedding, which stands for that of the checkpoint.</summary>
    public ElementType StoredType { get; }

    /// <summary>The token that every prompt begins with; null where the configuration does not say.</summary>
    public int? BeginOfTextId { get; private init; }

    /// <summary>The tokens that end an answer; empty where the configuration does not say.</summary>
    public IReadOnlyList<int> EndOfTextIds { get; private init; } = [];

    /// <summary>Opens a checkpoint; weights are mapped, not read.</summary>
    /// <param name="path">A folder with params.json and consolidated.00.pth, or with config.json and model.safetensors, in it or in its
    /// folder `original`; or a single file of torch.save that carries model_args.</param>
    /// <param name="loadFormat">Whether to take the weights from the files or at random.</param>
    /// <param name="seed">Of random weights.</param>
    /// <param name="vocabularySize">Rows of a random embedding where the configuration leaves them open: the tokenizer's size.</param>
    /// <exception cref="PagedException">Files are missing, damaged, contradict each other, or hold what is not supported.</exception>
    public static Checkpoint Open(string path, LoadFormat loadFormat = LoadFormat.Auto, ulong seed = 0, int? vocabularySize = null)
    {
        if (File.Exists(path))
        {
            return loadFormat == LoadFormat.Auto
                ? OpenTorchFile(path)
                : throw new PagedException($"{path} is a file, expected for random weights a folder with params.json or config.json.");
        }

        CheckpointLayout layout = CheckpointLayout.Find(path, loadFormat);
        if (loadFormat == LoadFormat.Dummy)
            return OpenDummy(layout, seed, vocabularySize);
        return layout.Form == CheckpointForm.Meta ? OpenMeta(layout) : OpenHuggingFace(layout);
    }

    /// <summary>Releases the weights.</summary>
    public void Dispose() => Weights.Dispose();

    private static Checkpoint OpenMeta(CheckpointLayout layout)
    {
        PthFile file = PthFile.Open(layout.WeightsPath);
        return OwnFile(file, () => FromMetaNames(
            layout.Folder, file, (vocabularySize, tied) => ParamsJson.Read(layout.ConfigPath, vocabularySize, tied)));
    }

    private static Checkpoint OpenTorchFile(string path)
    {
        PthFile file = PthFile.Open(path);
        return OwnFile(file, () =>
        {
            IReadOnlyDictionary<string, object?> arguments = file.ModelArguments
                ?? throw new PagedException($"{path} carries no model_args, "
                    + "expected them, or a folder with params.json beside the weights.");
            string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            return FromMetaNames(
                folder, file, (vocabularySize, tied) => ParamsJson.Read($"model_args of {path}", arguments, vocabularySize, tied));
        });
    }

    // What Meta's arguments leave open, the weights say: the size of the vocabulary, and whether the output matrix is the embedding.
    private static Checkpoint FromMetaNames(string folder, PthFile file, Func<int?, bool, LlamaConfig> readConfig)
    {
        StoredTensor? embedding = FindTensor(file, WeightNames.Embedding);
        StoredTensor? output = FindTensor(file, WeightNames.Output);
        int? rows = embedding?.Shape is [long count, _] && count is > 0 and <= int.MaxValue ? (int)count : null;
        bool tied = output is null || (embedding is not null && output.SharesStorageWith(embedding));
        return FromFile(folder, file, readConfig(rows, tied));
    }

    private static Checkpoint OpenHuggingFace(CheckpointLayout layout)
    {
        ConfigFile config = HuggingFaceConfigJson.Read(layout.ConfigPath);
        SafetensorsFile file = SafetensorsFile.Open(layout.WeightsPath);
        return OwnFile(file, () => FromFile(layout.Folder, file, config.Model, config));
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

    private static Checkpoint FromFile(string folder, ITensorFile file, LlamaConfig model, ConfigFile? config = null)
    {
        var weights = new FileWeights([file], model);
        ElementType type = weights.GetTensor(WeightNames.Embedding, model.VocabularySize, model.HiddenSize).Type;
        return new Checkpoint(folder, model, weights, type)
        {
            BeginOfTextId = config?.BeginOfTextId,
            EndOfTextIds = config?.EndOfTextIds ?? [],
        };
    }

    private static StoredTensor? FindTensor(PthFile file, string name) =>
        file.Tensors.FirstOrDefault(tensor => CheckpointNames.TryTranslate(tensor.Name, out string ours, out _) && ours == name);

    private static Checkpoint OwnFile(ITensorFile file, Func<Checkpoint> open)
    {
        try
        {
            return open();
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
