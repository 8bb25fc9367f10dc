using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Weights;

/// <summary>
/// Hugging Face's list of which tensor lies in which file, `weight_map` of model.safetensors.index.json or pytorch_model.bin.index.json.
/// The names are held to be hostile: only files beside the list are ever opened.
/// </summary>
internal sealed class ShardIndex
{
    private readonly string _path;
    private readonly IReadOnlyDictionary<string, string> _fileNames; // by tensor

    private ShardIndex(string path, IReadOnlyDictionary<string, string> fileNames)
    {
        _path = path;
        _fileNames = fileNames;
        string folder = Path.GetDirectoryName(path)!;
        Paths = [.. fileNames.Values.Distinct().Order(StringComparer.Ordinal).Select(name => Path.Combine(folder, name))];
    }

    /// <summary>The files, by name.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>Reads the list.</summary>
    /// <param name="path">The path of the list.</param>
    /// <param name="extension">What every file's name must end with.</param>
    /// <exception cref="PagedException">It is damaged, or names something other than a file beside it.</exception>
    public static ShardIndex Read(string path, string extension)
    {
        IReadOnlyDictionary<string, string> fileNames = JsonConfigFile.Read(path).TextByName("weight_map");
        if (fileNames.Count == 0)
            throw new PagedException($"{path} has no 'weight_map', expected a list of tensors and their files.");
        foreach (string name in fileNames.Values.Distinct())
        {
            bool isPlain = name.EndsWith(extension, StringComparison.Ordinal) && name.IndexOfAny(['/', '\\', ':', '\0']) < 0;
            if (isPlain)
                continue;
            throw new PagedException($"{path} names the file {Quoted.Of(name)}, "
                + $"expected the name of a {extension} file in the same folder.");
        }

        return new ShardIndex(path, fileNames);
    }

    /// <summary>False for a tensor that another file is said to hold.</summary>
    public bool Counts(StoredTensor tensor) =>
        !_fileNames.TryGetValue(tensor.Name, out string? fileName) || fileName == Path.GetFileName(tensor.Path);

    /// <summary>Checks that every listed tensor is where it is said to be.</summary>
    /// <exception cref="PagedException">One is not.</exception>
    public void CheckAgainst(IReadOnlyList<ITensorFile> files)
    {
        var names = files.ToDictionary(
            file => Path.GetFileName(file.Path), file => file.Tensors.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal));
        foreach ((string tensor, string fileName) in _fileNames)
        {
            if (!names[fileName].Contains(tensor))
                throw new PagedException($"{_path} says that tensor {Quoted.Of(tensor)} is in {fileName}, which does not have it.");
        }
    }
}
