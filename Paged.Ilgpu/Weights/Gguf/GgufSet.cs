using System.Text.RegularExpressions;

namespace Paged.Ilgpu.Weights.Gguf;

/// <summary>
/// The files of one GGUF model: one, or the parts that llama.cpp's gguf-split names NAME-00001-of-00003.gguf and so on, of which the first
/// has the metadata.
/// </summary>
internal static partial class GgufSet
{
    /// <summary>What the names of such files end with.</summary>
    public const string Extension = ".gguf";

    /// <summary>Whether the path is that of such a file.</summary>
    public static bool IsModel(string path) => Path.GetExtension(path) == Extension && File.Exists(path);

    /// <summary>The folder's only model, by its first file; null where there is none.</summary>
    /// <exception cref="PagedException">There are several.</exception>
    public static string? FindIn(string folder)
    {
        string[] models =
        [
            .. Directory.EnumerateFiles(folder, "*" + Extension)
                .Where(path => ParsePart(path) is not { Number: > 1 })
                .Order(StringComparer.Ordinal),
        ];
        return models.Length <= 1 ? models.FirstOrDefault()
            : throw new PagedException($"{folder} has {models.Length} models, {Path.GetFileName(models[0])} and "
                + $"{Path.GetFileName(models[1])} among them; expected is one, or the path of one of the files.");
    }

    /// <summary>All files of the model whose first file this is.</summary>
    /// <exception cref="PagedException">The file is not the first of its parts.</exception>
    public static IReadOnlyList<string> Find(string path)
    {
        if (ParsePart(path) is not (string stem, int number, int count))
            return [path];
        if (number != 1)
            throw new PagedException($"{path} is part {number} of {count}; expected is the path of the first.");
        return [.. Enumerable.Range(1, count).Select(part => $"{stem}-{part:D5}-of-{count:D5}{Extension}")];
    }

    private static (string Stem, int Number, int Count)? ParsePart(string path)
    {
        Match match = PartName().Match(path);
        if (!match.Success)
            return null;
        int number = int.Parse(match.Groups["number"].ValueSpan);
        int count = int.Parse(match.Groups["count"].ValueSpan);
        return number >= 1 && number <= count ? (match.Groups["stem"].Value, number, count) : null;
    }

    [GeneratedRegex(
        @"^(?<stem>.+)-(?<number>[0-9]{5})-of-(?<count>[0-9]{5})\.gguf$",
        RegexOptions.ExplicitCapture | RegexOptions.Singleline | RegexOptions.NonBacktracking)]
    private static partial Regex PartName();
}
