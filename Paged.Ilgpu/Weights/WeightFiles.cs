using System.Globalization;

namespace Paged.Ilgpu.Weights;

/// <summary>Finds the files of a folder's weights.</summary>
internal static class WeightFiles
{
    private const string MetaPattern = "consolidated.*.pth";

    // In the order in which transformers takes them; a list beside a whole file says nothing.
    private static readonly (string Whole, string Index, string Extension)[] HuggingFaceForms =
    [
        ("model.safetensors", "model.safetensors.index.json", ".safetensors"),
        ("pytorch_model.bin", "pytorch_model.bin.index.json", ".bin"),
    ];

    /// <summary>Whether the folder has weights of Meta's form.</summary>
    public static bool HasMeta(string folder) => File.Exists(MetaPath(folder, 0));

    /// <summary>consolidated.00.pth, .01, ...: all there are.</summary>
    /// <exception cref="PagedException">A number is left out.</exception>
    public static IReadOnlyList<string> FindMeta(string folder)
    {
        int count = 0;
        while (File.Exists(MetaPath(folder, count)))
            count++;
        string? stray = Directory.EnumerateFiles(folder, MetaPattern)
            .Where(path => NumberOf(path) is int number && number >= count)
            .Min(StringComparer.Ordinal);
        if (stray is not null)
        {
            throw new PagedException($"{folder} has {Path.GetFileName(stray)} but no {Path.GetFileName(MetaPath(folder, count))}; "
                + "a file is missing.");
        }

        return [.. Enumerable.Range(0, count).Select(number => MetaPath(folder, number))];
    }

    /// <summary>Whether the folder has weights of Hugging Face's form.</summary>
    public static bool HasHuggingFace(string folder) => HuggingFaceForms.Any(
        form => File.Exists(Path.Combine(folder, form.Whole)) || File.Exists(Path.Combine(folder, form.Index)));

    /// <summary>Opens the weights of Hugging Face's form, which must be there.</summary>
    /// <exception cref="PagedException">A file is missing or damaged.</exception>
    public static CheckpointFiles OpenHuggingFace(string folder)
    {
        foreach ((string whole, string index, string extension) in HuggingFaceForms)
        {
            string path = Path.Combine(folder, whole);
            if (File.Exists(path))
                return CheckpointFiles.OpenShards([path]);
            path = Path.Combine(folder, index);
            if (!File.Exists(path))
                continue;
            ShardIndex shards = ShardIndex.Read(path, extension);
            return CheckpointFiles.OpenShards(shards.Paths, shards);
        }

        throw new PagedException($"{folder} has no model.safetensors and no pytorch_model.bin, nor a list of their parts.");
    }

    private static string MetaPath(string folder, int number) => Path.Combine(folder, $"consolidated.{number:D2}.pth");

    private static int? NumberOf(string path) =>
        int.TryParse(Path.GetFileName(path).Split('.')[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
