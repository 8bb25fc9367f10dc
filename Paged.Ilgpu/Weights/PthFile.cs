namespace Paged.Ilgpu.Weights;

/// <summary>
/// A memory-mapped file of torch.save: a zip of a pickle that describes the tensors (data.pkl) and one stored entry for each raw storage
/// (data/0, data/1, ...). Only the pickle is read on opening.
/// </summary>
public sealed class PthFile : ITensorFile
{
    private const string PickleEntry = "data.pkl";

    // A value costs a byte of pickle and tens of memory. The largest real ones, of some thousand tensors, have a megabyte.
    private const int LargestPickleBytes = 4 << 20;

    // A wrapper that torch.compile leaves on every name.
    private const string CompilerPrefix = "_orig_mod.";

    private readonly MappedFile _file;

    private PthFile(MappedFile file)
    {
        _file = file;
        var directory = new ZipDirectory(file);
        string[] pickles = [.. directory.Names.Where(name => name.Split('/')[^1] == PickleEntry)];
        if (pickles.Length != 1)
        {
            throw new PagedException($"{file.Path} is a zip with {pickles.Length} entries named {PickleEntry}, "
                + "expected one as torch.save writes.");
        }

        string folder = pickles[0][..^PickleEntry.Length];
        RefuseBigEndian(directory, folder + "byteorder");
        _ = directory.TryLocate(pickles[0], out long offset, out long bytes);
        if (bytes > LargestPickleBytes)
            throw new PagedException($"{file.Path} has a {PickleEntry} of {bytes} bytes, expected at most {LargestPickleBytes}.");
        string origin = $"The pickle in {file.Path}";
        var top = RestrictedUnpickler.Read(file.Bytes(offset, (int)bytes), origin) as Dictionary<object, object?>
            ?? throw new PagedException($"{origin} holds something other than a dict, expected the tensors by name.");
        ModelArguments = ReadModelArguments(top);
        var stateDict = top.GetValueOrDefault("model") as Dictionary<object, object?> ?? top;
        Tensors = new PthTensors(file, directory, folder).Read(stateDict, CompilerPrefix);
    }

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <inheritdoc/>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>The model's arguments, where the file carries them as llama2.c's training does; else null.</summary>
    public IReadOnlyDictionary<string, object?>? ModelArguments { get; }

    /// <summary>Maps the file and reads its directory and pickle; no storage is read.</summary>
    /// <exception cref="PagedException">The file is missing, damaged, or names what no checkpoint needs.</exception>
    public static PthFile Open(string path)
    {
        MappedFile file = MappedFile.Open(path);
        try
        {
            return new PthFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void RefuseBigEndian(ZipDirectory directory, string entry)
    {
        ReadOnlySpan<byte> little = "little"u8;
        if (directory.TryLocate(entry, out long offset, out long bytes)
            && !(bytes == little.Length && _file.Bytes(offset, little.Length).SequenceEqual(little)))
        {
            throw new PagedException($"{_file.Path} was not saved in little-endian byte order, expected 'little' in its entry byteorder.");
        }
    }

    private Dictionary<string, object?>? ReadModelArguments(Dictionary<object, object?> top)
    {
        if (top.GetValueOrDefault("model_args") is not Dictionary<object, object?> arguments)
            return null;
        if (!arguments.Keys.All(key => key is string))
            throw new PagedException($"The model_args of {_file.Path} have a key that is no text, expected names.");
        return arguments.ToDictionary(entry => (string)entry.Key, entry => entry.Value);
    }
}
