using Paged.Ilgpu.Config;
using Paged.Ilgpu.Weights.Gguf;

namespace Paged.Ilgpu.Weights;

/// <summary>How a checkpoint's files lie on disk.</summary>
internal enum CheckpointForm
{
    /// <summary>params.json and consolidated.00.pth, .01, ...</summary>
    Meta,

    /// <summary>config.json and model.safetensors or pytorch_model.bin, in one file or several.</summary>
    HuggingFace,

    /// <summary>One .gguf file with everything in it, or its parts.</summary>
    Gguf,
}

/// <summary>
/// Finds a checkpoint's files in a folder, or in `original` below it, where a Hugging Face download of a Meta release keeps them.
/// </summary>
/// <param name="Folder">The folder of the files.</param>
/// <param name="Form">Their form.</param>
/// <param name="ConfigPath">The path of the configuration; of a GGUF file, which carries it, its own.</param>
internal sealed record CheckpointLayout(string Folder, CheckpointForm Form, string ConfigPath)
{
    private const string Expected = "params.json with consolidated.00.pth, config.json with model.safetensors or pytorch_model.bin, or one "
        + ".gguf file";

    /// <summary>The layout whose configuration is that file, by its name.</summary>
    /// <returns>Null for a file of another name.</returns>
    public static CheckpointLayout? OfConfig(string path)
    {
        CheckpointForm? form = (Path.GetFileName(path), Path.GetExtension(path)) switch
        {
            ("params.json", _) => CheckpointForm.Meta,
            ("config.json", _) => CheckpointForm.HuggingFace,
            (_, GgufSet.Extension) => CheckpointForm.Gguf,
            _ => null,
        };
        return form is null ? null : new CheckpointLayout(Path.GetDirectoryName(Path.GetFullPath(path))!, form.Value, path);
    }

    /// <summary>Reads the configuration.</summary>
    /// <param name="vocabularySize">Rows of the embedding where the configuration leaves them open.</param>
    /// <exception cref="PagedException">It is missing, damaged or not understood.</exception>
    public ConfigFile ReadConfig(int? vocabularySize)
    {
        switch (Form)
        {
            case CheckpointForm.Meta:
                return new ConfigFile(ParamsJson.Read(ConfigPath, vocabularySize), StoredType: null, BeginOfTextId: null, EndOfTextIds: []);
            case CheckpointForm.HuggingFace:
                return HuggingFaceConfigJson.Read(ConfigPath);
            default:
                using (CheckpointFiles files = OpenWeights())
                    return GgufModel.ReadConfig(files);
        }
    }

    /// <summary>Reads the configuration; what it leaves open, the weights say.</summary>
    /// <exception cref="PagedException">It is missing, damaged or not understood.</exception>
    public ConfigFile ReadConfig(CheckpointFiles files) => Form switch
    {
        CheckpointForm.Meta => MetaModel.ReadConfig(files, (vocabularySize, tied) => ParamsJson.Read(ConfigPath, vocabularySize, tied)),
        CheckpointForm.HuggingFace => HuggingFaceConfigJson.Read(ConfigPath),
        _ => GgufModel.ReadConfig(files),
    };

    /// <summary>Opens the weights.</summary>
    /// <exception cref="PagedException">A file is missing or damaged.</exception>
    public CheckpointFiles OpenWeights() => Form switch
    {
        CheckpointForm.Meta => CheckpointFiles.OpenMeta(WeightFiles.FindMeta(Folder)),
        CheckpointForm.HuggingFace => WeightFiles.OpenHuggingFace(Folder),
        _ => CheckpointFiles.OpenShards(GgufSet.Find(ConfigPath)),
    };

    /// <summary>The first complete checkpoint, Meta's form before Hugging Face's before GGUF; a configuration alone completes a dummy one.</summary>
    /// <exception cref="PagedException">There is none, or there are several.</exception>
    public static CheckpointLayout Find(string folder, LoadFormat loadFormat)
    {
        if (!Directory.Exists(folder))
            throw new PagedException($"There is no folder {folder}, expected one with a checkpoint.");
        string original = Path.Combine(folder, "original");
        CheckpointLayout[] candidates =
        [
            new(folder, CheckpointForm.Meta, Path.Combine(folder, "params.json")),
            new(original, CheckpointForm.Meta, Path.Combine(original, "params.json")),
            new(folder, CheckpointForm.HuggingFace, Path.Combine(folder, "config.json")),
            new(original, CheckpointForm.HuggingFace, Path.Combine(original, "config.json")),
        ];
        CheckpointLayout? complete = candidates.FirstOrDefault(
            layout => File.Exists(layout.ConfigPath) && (loadFormat == LoadFormat.Dummy || layout.HasWeights));
        if (complete is not null)
            return complete;
        if (GgufSet.FindIn(folder) is string gguf)
            return new CheckpointLayout(folder, CheckpointForm.Gguf, gguf);
        if (loadFormat == LoadFormat.Dummy)
        {
            throw new PagedException($"{folder} has no configuration, "
                + "expected params.json or config.json in it or in its folder 'original', or one .gguf file.");
        }

        throw new PagedException($"{folder} has no complete checkpoint, expected {Expected}, in it or in its folder 'original'.");
    }

    private bool HasWeights => Form == CheckpointForm.Meta ? WeightFiles.HasMeta(Folder) : WeightFiles.HasHuggingFace(Folder);
}
