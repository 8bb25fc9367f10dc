namespace Paged.Ilgpu.Tokenization;

/// <summary>
/// Cuts texts within very long runs of white space, or of anything else: such a run is one piece to merge, and merging takes time that
/// grows with the square of its length.
/// </summary>
/// <remarks>Meta's tokenizer for Llama 3 cuts at the same length, so the ids are the same as its.</remarks>
internal static class LongRuns
{
    /// <summary>The longest run that stays whole, in UTF-16 characters.</summary>
    public const int MaxLength = 25_000;

    /// <summary>The parts of a text, in order; nearly always the text itself.</summary>
    public static IEnumerable<string> Cut(string text)
    {
        int start = 0;
        int runLength = 0;
        for (int i = 0; i < text.Length; i++)
        {
            bool continuesRun = i > 0 && char.IsWhiteSpace(text[i]) == char.IsWhiteSpace(text[i - 1]);
            runLength = continuesRun ? runLength + 1 : 1;
            if (runLength <= MaxLength || char.IsLowSurrogate(text[i]))
                continue;
            yield return text[start..i];
            start = i;
            runLength = 1;
        }

        if (start < text.Length)
            yield return start == 0 ? text : text[start..];
    }
}
