using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Weights;

/// <summary>How a checkpoint's files lie on disk.</summary>
internal enum CheckpointForm
{
    /// <summary>params.json and consolidated.00.pth.</summary>
    Meta,

    /// <summary>config.json and model.safetensors.</summary>
    HuggingFace,
}

/// <summary>
/// Finds a checkpoint's files in a folder, or in `original` below it, where a Hugging Face download of a Meta release keeps them.
/// </summary>
/// <param name="Folder">The folder of the files.</param>
/// <param name="Form">Their form.</param>
internal sealed record CheckpointLayout(string Folder, CheckpointForm Form)
{
    private const string MetaWeights = "consolidated.00.pth";
    private const string HuggingFaceWeights = "model.safetensors";

    /// <summary>The path of the configuration.</summary>
    public string ConfigPath => Path.Combine(Folder, Form == CheckpointForm.Meta ? "params.json" : "config.json");

    /// <summary>The path of the weights.</summary>
    public string WeightsPath => Path.Combine(Folder, Form == CheckpointForm.Meta ? MetaWeights : HuggingFaceWeights);

    /// <summary>Reads the configuration.</summary>
    /// <param name="vocabularySize">Rows of the embedding where the configuration leaves them open.</param>
    /// <exception cref="PagedException">It is missing, damaged or not understood.</exception>
    public ConfigFile ReadConfig(int? vocabularySize) => Form == CheckpointForm.HuggingFace
        ? HuggingFaceConfigJson.Read(ConfigPath)
        : new ConfigFile(ParamsJson.Read(ConfigPath, vocabularySize), StoredType: null, BeginOfTextId: null, EndOfTextIds: []);

    /// <summary>The first complete checkpoint, Meta's form before Hugging Face's; the configuration alone completes a dummy one.</summary>
    /// <exception cref="PagedException">There is none, or it is in several files.</exception>
    public static CheckpointLayout Find(string folder, LoadFormat loadFormat)
    {
        if (!Directory.Exists(folder))
            throw new PagedException($"There is no folder {folder}, expected one with a checkpoint.");
        string original = Path.Combine(folder, "original");
        CheckpointLayout[] candidates =
        [
            new(folder, CheckpointForm.Meta),
            new(original, CheckpointForm.Meta),
            new(folder, CheckpointForm.HuggingFace),
            new(original, CheckpointForm.HuggingFace),
        ];
        CheckpointLayout[] configured = [.. candidates.Where(layout => File.Exists(layout.ConfigPath))];
        CheckpointLayout? complete = configured.FirstOrDefault(layout => loadFormat == LoadFormat.Dummy || layout.IsComplete);
        if (complete is not null)
            return complete;
        foreach (string? shard in configured.Select(layout => layout.FindShard()))
        {
            if (shard is not null)
            {
                throw new PagedException($"{shard} says that the weights are in several files, "
                    + "which is not supported yet; expected them in one.");
            }
        }

        if (loadFormat == LoadFormat.Dummy)
        {
            throw new PagedException($"{folder} has no configuration, "
                + "expected params.json or config.json in it or in its folder 'original'.");
        }

        throw new PagedException($"{folder} has no complete checkpoint, expected params.json with {MetaWeights} or config.json with "
            + $"{HuggingFaceWeights}, in it or in its folder 'original'.");
    }

    private bool IsComplete => File.Exists(WeightsPath) && !(Form == CheckpointForm.Meta && FindShard() is not null);

    // A file that shows that the weights are split.
    private string? FindShard()
    {
        string shard = Path.Combine(Folder, Form == CheckpointForm.Meta ? "consolidated.01.pth" : HuggingFaceWeights + ".index.json");
        return File.Exists(shard) ? shard : null;
    }
}
