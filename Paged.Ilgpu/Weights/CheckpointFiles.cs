using Paged.Ilgpu.Weights.Gguf;

namespace Paged.Ilgpu.Weights;

/// <summary>The open files of one checkpoint and the tensors in them.</summary>
internal sealed class CheckpointFiles : IDisposable
{
    private CheckpointFiles(IReadOnlyList<ITensorFile> files, IEnumerable<StoredTensor> tensors, bool shareTensors)
    {
        Files = files;
        Tensors = [.. tensors];
        ShareTensors = shareTensors;
    }

    /// <summary>The files, at least one.</summary>
    public IReadOnlyList<ITensorFile> Files { get; }

    /// <summary>What counts of their tensors, file by file.</summary>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>Whether every file has a part of every tensor, as Meta's releases in several files do.</summary>
    public bool ShareTensors { get; }

    /// <summary>One file with all tensors.</summary>
    public static CheckpointFiles Of(ITensorFile file) => new([file], file.Tensors, shareTensors: false);

    /// <summary>Files of Meta's form, in their order.</summary>
    public static CheckpointFiles OpenMeta(IReadOnlyList<string> paths)
    {
        List<ITensorFile> files = OpenAll(paths);
        return new CheckpointFiles(files, files.SelectMany(file => file.Tensors), shareTensors: files.Count > 1);
    }

    /// <summary>Files of which each has tensors of its own.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="index">Which tensor lies in which of them; null where there is no such list.</param>
    /// <exception cref="PagedException">A file is damaged, or lacks what the list promises.</exception>
    public static CheckpointFiles OpenShards(IReadOnlyList<string> paths, ShardIndex? index = null)
    {
        List<ITensorFile> files = OpenAll(paths);
        if (index is null)
            return new CheckpointFiles(files, files.SelectMany(file => file.Tensors), shareTensors: false);
        try
        {
            index.CheckAgainst(files);
        }
        catch
        {
            files.ForEach(file => file.Dispose());
            throw;
        }

        return new CheckpointFiles(files, files.SelectMany(file => file.Tensors.Where(index.Counts)), shareTensors: false);
    }

    /// <summary>The parts of a tensor by our name, in the order of the files; empty where there is none.</summary>
    public StoredTensor[] Find(string name) =>
        [.. Tensors.Where(tensor => CheckpointNames.TryTranslate(tensor.Name, out string ours, out _) && ours == name)];

    /// <summary>Unmaps the files.</summary>
    public void Dispose()
    {
        foreach (ITensorFile file in Files)
            file.Dispose();
    }

    private static List<ITensorFile> OpenAll(IReadOnlyList<string> paths)
    {
        var files = new List<ITensorFile>();
        try
        {
            foreach (string path in paths)
                files.Add(Open(path));
            return files;
        }
        catch
        {
            files.ForEach(file => file.Dispose());
            throw;
        }
    }

    private static ITensorFile Open(string path) => Path.GetExtension(path) switch
    {
        ".safetensors" => SafetensorsFile.Open(path),
        GgufSet.Extension => GgufFile.Open(path),
        _ => PthFile.Open(path),
    };
}
