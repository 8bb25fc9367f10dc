using System.Text;

namespace Paged.Ilgpu.Cli.Input;

/// <summary>A file with one prompt a line; blank lines are skipped.</summary>
internal sealed class TextLines : IRequestSource
{
    private readonly InputFile _file;

    /// <param name="file">The file; it is disposed with this.</param>
    /// <param name="limit">Prompts that are taken, at most.</param>
    /// <exception cref="PagedException">A line is not UTF-8.</exception>
    public TextLines(InputFile file, int limit)
    {
        _file = file;
        foreach (FileLine line in FileLines.Read(file.Handle, file.Name))
        {
            if (Count == limit)
                break;
            if (Utf8Text.FaultIn(line.Content.Span) is { } fault)
                throw new PagedException($"The prompt file {file.Name} is not UTF-8: {fault} in line {line.Number}.");
            if (HasPrompt(line, out _))
                Count++;
        }
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public IEnumerable<string> Keys() => Read().Select(request => request.Key);

    /// <inheritdoc/>
    public IEnumerable<InputItem> Read(ServedModel model) => Read();

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private IEnumerable<PromptRequest> Read()
    {
        int index = 0;
        foreach (FileLine line in FileLines.Read(_file.Handle, _file.Name))
        {
            if (index == Count)
                yield break;
            if (HasPrompt(line, out string prompt))
                yield return new PromptRequest(index++, prompt);
        }
    }

    private static bool HasPrompt(FileLine line, out string prompt)
    {
        prompt = Encoding.UTF8.GetString(line.Content.Span);
        return !string.IsNullOrWhiteSpace(prompt);
    }
}
