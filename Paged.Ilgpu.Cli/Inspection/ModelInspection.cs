using Paged.Ilgpu.Config;
using Paged.Ilgpu.Tokenization;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Cli.Inspection;

/// <summary>All that is known of a checkpoint without running it; what its files do not say, or say wrongly, is null.</summary>
internal sealed class ModelInspection
{
    private readonly List<string> _refusals = [];

    private ModelInspection(string path)
    {
        string folder = File.Exists(path) ? Path.GetDirectoryName(Path.GetFullPath(path))! : path;
        string tokenizerPlace = path.EndsWith(".gguf", StringComparison.Ordinal) ? path : folder;
        ITokenizer? tokenizer = Try(() => TokenizerFile.Open(tokenizerPlace));
        Checkpoint = CheckpointInspection.Of(path, tokenizer?.VocabularySize);
        _refusals.InsertRange(0, Checkpoint.Refusals);
        if (tokenizer is not null)
        {
            Tokenizer = TokenizerFacts.Of(TokenizerFile.Find(tokenizerPlace) ?? tokenizerPlace, tokenizer);
            if (Checkpoint.Config is { } config && tokenizer.VocabularySize > config.VocabularySize)
            {
                _refusals.Add($"The tokenizer has {tokenizer.VocabularySize} ids and the model's embedding {config.VocabularySize} rows; "
                    + "expected is a row for every id.");
            }

            ChatFormat? format = Try(() => ChatFormat.For(ChatTemplateKind.Auto, tokenizerPlace, tokenizer));
            ChatTemplate = format is null ? null : format.Name ?? "none";
        }

        Generation = Try(() => GenerationConfigJson.Read(folder));
        Groups = TensorGroup.Of(Checkpoint.Tensors);
    }

    public CheckpointInspection Checkpoint { get; }

    public TokenizerFacts? Tokenizer { get; }

    /// <summary>The chat format that `auto` takes, none where a prompt is continued.</summary>
    public string? ChatTemplate { get; }

    public GenerationDefaults? Generation { get; }

    public IReadOnlyList<TensorGroup> Groups { get; }

    /// <summary>Parameters of the weights that are used.</summary>
    public long ParameterCount => Groups.Where(group => group.Use == "used").Sum(group => group.Parameters);

    /// <summary>Bytes that the weights would take on a device where no other type is asked for; null where they cannot be used.</summary>
    /// <param name="quantization">Whether the matrices of linear layers are quantized.</param>
    public long? BytesOnDevice(WeightQuantization quantization) => Checkpoint is { Config: { } config, StoredType: { } type }
        ? WeightSize.OnDevice(config, type, quantization)
        : null;

    /// <summary>Why `run` would not take it, a sentence each.</summary>
    public IReadOnlyList<string> Refusals => _refusals;

    /// <summary>Reads what there is.</summary>
    public static ModelInspection Of(string path) => new(path);

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
}
