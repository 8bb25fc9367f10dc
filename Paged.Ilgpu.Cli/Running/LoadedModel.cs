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
        StopIds = [.. tokenizer.StopIds.Union(checkpoint.EndOfTextIds).Where(id => id < checkpoint.Config.VocabularySize)];
        if (tokenizer.VocabularySize > checkpoint.Config.VocabularySize)
        {
            throw new PagedException($"The tokenizer in {folder} has {tokenizer.VocabularySize} ids and the model's embedding "
                + $"{checkpoint.Config.VocabularySize} rows; expected is a row for every id.");
        }
    }

    /// <summary>Where the model lies, as the user named it.</summary>
    public string Folder { get; }

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

    /// <summary>The ids that end an answer, by the tokenizer and by the configuration, as far as the model can draw them.</summary>
    public IReadOnlyList<int> StopIds { get; }

    /// <summary>Opens both; weights are mapped, not read.</summary>
    /// <exception cref="PagedException">Files are missing or damaged, or do not belong together.</exception>
    public static LoadedModel Open(string path, LoadFormat loadFormat, ulong seed)
    {
        string folder = File.Exists(path) ? Path.GetDirectoryName(Path.GetFullPath(path))! : path;
        string tokenizerPlace = IsGguf(path) ? path : folder;
        ITokenizer? tokenizer = null;
        int? vocabularySize = null;
        if (loadFormat == LoadFormat.Dummy && Directory.Exists(folder))
        {
            tokenizer = TokenizerFile.Open(tokenizerPlace);
            vocabularySize = tokenizer.VocabularySize;
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

    private static bool IsGguf(string path) => path.EndsWith(".gguf", StringComparison.Ordinal);
}
