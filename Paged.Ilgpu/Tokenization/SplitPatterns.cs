using System.Text.RegularExpressions;

namespace Paged.Ilgpu.Tokenization;

/// <summary>The patterns by which tokenizers cut a text before merging.</summary>
internal static partial class SplitPatterns
{
    // A pattern out of a file may take time that grows exponentially with the text.
    private static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(10);

    // The timeout is missing where no alternative holds a repetition within a repetition, so that a match takes time linear in its length.
#pragma warning disable MA0009 // and the look-ahead rules out the non-backtracking form
    /// <summary>GPT-2's (Radford et al. 2019, encoder.py), which Hugging Face's ByteLevel uses.</summary>
    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    public static partial Regex Gpt2();

    /// <summary>Every digit, or number of another kind, by itself.</summary>
    [GeneratedRegex(@"\p{N}", RegexOptions.CultureInvariant)]
    public static partial Regex SingleDigits();

    /// <summary>Runs of digits.</summary>
    [GeneratedRegex(@"\p{N}+", RegexOptions.CultureInvariant)]
    public static partial Regex RunsOfDigits();

    /// <summary>One to three digits.</summary>
    [GeneratedRegex(@"\p{N}{1,3}", RegexOptions.CultureInvariant)]
    public static partial Regex UpToThreeDigits();
#pragma warning restore MA0009

    /// <summary>A pattern out of a file: one of those compiled with the program, else a new one.</summary>
    /// <exception cref="ArgumentException">It is no pattern that .NET understands.</exception>
    public static Regex Of(string pattern) =>
        ((Regex[])[Llama3Vocabulary.Pieces(), Gpt2(), SingleDigits(), RunsOfDigits(), UpToThreeDigits()]).FirstOrDefault(known => known.ToString() == pattern)
        ?? new Regex(pattern, RegexOptions.CultureInvariant, LongestMatch);
}
