using System.Text;

namespace Paged.Ilgpu.Cli.Input;

/// <summary>Opens a file of requests in any of its forms.</summary>
internal static class PromptFile
{
    /// <summary>Reads a file from begin to end, so that what is wrong with it is known before any work.</summary>
    /// <param name="path">The file, or <see cref="InputFile.StandardInput"/>.</param>
    /// <param name="format">What it is written in.</param>
    /// <param name="limit">Requests that are taken, from its first.</param>
    /// <param name="skipsMalformed">Whether a line of a batch that is no request becomes a refused one.</param>
    /// <exception cref="PagedException">The file is missing or unreadable, of an unknown kind, or not as its kind must be.</exception>
    public static IRequestSource Open(
        string path, InputFormat format = InputFormat.Auto, int limit = int.MaxValue, bool skipsMalformed = false)
    {
        InputFile file = InputFile.Open(path);
        try
        {
            if (format == InputFormat.Auto)
                format = InputFormats.Of(path, file);
            switch (format)
            {
                case InputFormat.OpenAiBatch:
                    return new BatchFile(file, limit, skipsMalformed);
                case InputFormat.Text:
                    return new TextLines(file, limit);
                default:
                    using (file)
                        return new ListedRequests([.. ShareGptFile.Parse(ReadUtf8(file), file.Name).Take(limit)]);
            }
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads all prompts of a ShareGPT file.</summary>
    /// <exception cref="PagedException">It is missing or unreadable, or not as it must be.</exception>
    public static IReadOnlyList<PromptRequest> ReadShareGpt(string path)
    {
        using InputFile file = InputFile.Open(path);
        return ShareGptFile.Parse(ReadUtf8(file), file.Name);
    }

    private static ReadOnlyMemory<byte> ReadUtf8(InputFile file)
    {
        ReadOnlyMemory<byte> content = file.ReadAll();
        if (Utf8Text.FaultIn(content.Span) is { } fault)
            throw new PagedException($"The prompt file {file.Name} is not UTF-8: {fault}.");
        return content.Span.StartsWith(Encoding.UTF8.Preamble) ? content[Encoding.UTF8.Preamble.Length..] : content;
    }
}
