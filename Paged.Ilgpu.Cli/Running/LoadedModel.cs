using Paged.Ilgpu.Config;
using Paged.Ilgpu.Tokenization;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Cli.Running;

/// <summary>A checkpoint with its tokenizer.</summary>
internal sealed class LoadedModel : IDisposable
{
    private readonly string _path;

    private LoadedModel(string path, string folder, Checkpoint checkpoint, ITokenizer tokenizer)
    {
        _path = path;
        Folder = folder;
        Checkpoint = checkpoint;
        Tokenizer = tokenizer;
        Generation = GenerationConfigJson.Read(folder);
        StopIds = [.. tokenizer.StopIds.Union(checkpoint.EndOfTextIds).Union(Generation.EndOfTextIds).Where(id => id < checkpoint.Config.VocabularySize)];
        if (tokenizer.VocabularySize > checkpoint.Config.VocabularySize)
        {
            throw new PagedException($"The tokenizer in {folder} has {tokenizer.VocabularySize} ids and the model's embedding "
                + $"{checkpoint.Config.VocabularySize} rows; expected is a row for every id.");
        }
    }

    /// <summary>Where the model lies, as the user named it.</summary>
    public string Folder { get; }

    /// <summary>Where tokenizer and chat template are looked for: the folder, or a GGUF file that carries them.</summary>
    public string TokenizerPlace => IsGguf(_path) ? _path : Folder;

    /// <summary>
    /// What answers call the model: its folder's name, that of the folder above where it is <c>original</c>, that of a GGUF file.
    /// </summary>
    public string Name
    {
        get
        {
            if (IsGguf(_path))
                return Path.GetFileNameWithoutExtension(_path);
            var folder = new DirectoryInfo(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder)));
            return folder is { Name: "original", Parent: { } parent } ? parent.Name : folder.Name;
        }
    }

    public Checkpoint Checkpoint { get; }

    public ITokenizer Tokenizer { get; }

    /// <summary>How the checkpoint's authors would have answers drawn.</summary>
    public GenerationDefaults Generation { get; }

    /// <summary>The ids that end an answer, by the tokenizer and by the configurations, as far as the model can draw them.</summary>
    public IReadOnlyList<int> StopIds { get; }

    /// <summary>Opens both; weights are mapped, not read.</summary>
    /// <param name="path">A checkpoint, see <see cref="Checkpoint.Open"/>; for random weights also a name of <see cref="NamedShapes"/>.</param>
    /// <param name="loadFormat">Whether to take the weights from the files or at random.</param>
    /// <param name="seed">Of random weights.</param>
    /// <exception cref="PagedException">Files are missing or damaged, or do not belong together.</exception>
    public static LoadedModel Open(string path, LoadFormat loadFormat, ulong seed)
    {
        if (!File.Exists(path) && !Directory.Exists(path) && NamedShapes.TryFind(path, out _))
            return OfShape(path, loadFormat, seed);
        string folder = File.Exists(path) ? Path.GetDirectoryName(Path.GetFullPath(path))! : path;
        string tokenizerPlace = IsGguf(path) ? path : folder;
        ITokenizer? tokenizer = null;
        int? vocabularySize = null;
        if (loadFormat == LoadFormat.Dummy && Directory.Exists(folder))
        {
            bool hasTokenizer = TokenizerFile.Find(folder) is not null || IsGguf(path);
            tokenizer = hasTokenizer ? TokenizerFile.Open(tokenizerPlace) : new ByteTokenizer();
            vocabularySize = hasTokenizer ? tokenizer.VocabularySize : null;
        }

        Checkpoint checkpoint = Checkpoint.Open(path, loadFormat, seed, vocabularySize);
        try
        {
            return new LoadedModel(path, folder, checkpoint, tokenizer ?? TokenizerFile.Open(tokenizerPlace));
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Checkpoint.Dispose();

    // A shape has no tokenizer; its answers would mean nothing anyway.
    private static LoadedModel OfShape(string name, LoadFormat loadFormat, ulong seed) => loadFormat == LoadFormat.Dummy
        ? new LoadedModel(name, name, Checkpoint.OfShape(ModelShape.Find(name, vocabularySize: null), seed), new ByteTokenizer())
        : throw new PagedException($"The model (--model) is {name}, a shape without weights; expected is a checkpoint's folder, or --load-format dummy "
            + "for random weights.");

    private static bool IsGguf(string path) => path.EndsWith(".gguf", StringComparison.Ordinal);
}
