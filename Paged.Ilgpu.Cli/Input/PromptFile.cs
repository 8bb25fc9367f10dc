namespace Paged.Ilgpu.Cli.Input;

/// <summary>Reads a file of prompts; its extension says which form it has.</summary>
internal static class PromptFile
{
    /// <exception cref="PagedException">The file is missing or unreadable, of an unknown kind, or not as its kind must be.</exception>
    public static IReadOnlyList<PromptRequest> Read(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".json" => ShareGptFile.Parse(Utf8File.Read(path), path),
        ".txt" => LinesFile.Parse(Utf8File.Read(path)),
        ".jsonl" => throw new PagedException($"The prompt file {path} is OpenAI batch .jsonl, which is not read yet; expected is ShareGPT .json or .txt."),
        var extension => throw new PagedException(
            $"The prompt file {path} has the extension \"{extension}\"; expected is ShareGPT .json, or .txt with one prompt a line."),
    };
}
