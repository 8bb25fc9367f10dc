namespace Paged.Ilgpu.Cli.Input;

/// <summary>What a file of requests is written in.</summary>
internal enum InputFormat
{
    /// <summary>By the file's extension; by its first character where there is none: standard input, a pipe.</summary>
    Auto,

    /// <summary>A line of JSON for each request, as OpenAI's batch interface takes them.</summary>
    OpenAiBatch,

    /// <summary>An array of conversations in JSON.</summary>
    ShareGpt,

    /// <summary>A prompt a line.</summary>
    Text,
}

/// <summary>Finds out what a file is written in.</summary>
internal static class InputFormats
{
    /// <exception cref="PagedException">The extension says nothing.</exception>
    public static InputFormat Of(string path, InputFile file) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".jsonl" => InputFormat.OpenAiBatch,
        ".json" => InputFormat.ShareGpt,
        ".txt" => InputFormat.Text,
        "" => ByContent(file),
        var extension => throw new PagedException(
            $"The prompt file {path} has the extension \"{extension}\"; expected is .jsonl, .json or .txt, or --input-format."),
    };

    private static InputFormat ByContent(InputFile file)
    {
        foreach (FileLine line in FileLines.Read(file.Handle, file.Name))
        {
            ReadOnlySpan<byte> text = line.Content.Span.TrimStart(" \t"u8);
            if (!text.IsEmpty)
                return text[0] switch { (byte)'{' => InputFormat.OpenAiBatch, (byte)'[' => InputFormat.ShareGpt, _ => InputFormat.Text };
        }

        return InputFormat.Text;
    }
}
