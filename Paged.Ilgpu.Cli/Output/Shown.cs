namespace Paged.Ilgpu.Cli.Output;

/// <summary>Text of models and users as a terminal may be shown it.</summary>
internal static class Shown
{
    /// <summary>All of it. A model may write any byte; an escape character would move the reader's cursor, or worse.</summary>
    public static string Whole(string text) => string.Create(text.Length, text, static (shown, original) =>
    {
        for (int i = 0; i < shown.Length; i++)
            shown[i] = char.IsControl(original[i]) && original[i] is not ('\n' or '\r' or '\t') ? '\uFFFD' : original[i];
    });

    /// <summary>Its beginning on one line: what is left out is an ellipsis, and so is a line end's indentation.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="width">Characters at most, at least 1.</param>
    public static string OnOneLine(string text, int width)
    {
        string line = string.Join(' ', Whole(text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (line.Length <= width)
            return line;
        int kept = char.IsHighSurrogate(line[Math.Max(0, width - 2)]) ? width - 2 : width - 1;
        return $"{line.AsSpan(0, Math.Max(0, kept)).TrimEnd()}…";
    }
}
