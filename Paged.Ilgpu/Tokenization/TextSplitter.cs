using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace Paged.Ilgpu.Tokenization;

/// <summary>Cuts a text into the pieces that are merged apart: each match of a pattern is one, and so is what lies between two matches.</summary>
/// <param name="pattern">The pattern; one that comes from a file should have a timeout.</param>
/// <param name="keepsRest">Whether what lies between matches is kept.</param>
/// <param name="isLiteral">Whether the pattern speaks of single characters, never of their categories.</param>
/// <remarks>
/// .NET's patterns see UTF-16: no half of a character beyond U+FFFF is a letter. So they are matched against a text in which each such half
/// is a character of the same category; tokenizers' own pattern engines see whole characters.
/// </remarks>
internal sealed class TextSplitter(Regex pattern, bool keepsRest = true, bool isLiteral = false) : PreTokenizer
{
    /// <summary>The pieces in order, none empty.</summary>
    public IEnumerable<string> Split(string text) => PreTokenize(text).Select(piece => text.Substring(piece.Offset, piece.Length));

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => PreTokenize(text.ToString());

    /// <summary>Where the pieces lie, in order, none empty.</summary>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
    {
        string visible = isLiteral ? text : WithCategoriesVisible(text);
        int reached = 0;
        for (Match match = pattern.Match(visible); match.Success; match = match.NextMatch())
        {
            int begin = Whole(text, match.Index);
            int end = Whole(text, match.Index + match.Length);
            if (begin > reached && keepsRest)
                yield return (reached, begin - reached);
            if (end > begin)
                yield return (begin, end - begin);
            reached = Math.Max(end, begin);
        }

        if (reached < text.Length && keepsRest)
            yield return (reached, text.Length - reached);
    }

    // Past the second half of a character of which a match took one.
    private static int Whole(string text, int index) =>
        index > 0 && index < text.Length && char.IsLowSurrogate(text[index]) && char.IsHighSurrogate(text[index - 1]) ? index + 1 : index;

    private static string WithCategoriesVisible(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return text;
        var visible = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.IsBmp)
                visible.Append((char)rune.Value);
            else
                visible.Append(StandIn(Rune.GetUnicodeCategory(rune)), 2);
        }

        return visible.ToString();
    }

    private static char StandIn(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => '\u00C0',
        UnicodeCategory.LowercaseLetter => '\u00E0',
        UnicodeCategory.TitlecaseLetter => '\u01C5',
        UnicodeCategory.ModifierLetter => '\u02B0',
        UnicodeCategory.OtherLetter => '\u01BB',
        UnicodeCategory.NonSpacingMark => '\u0300',
        UnicodeCategory.SpacingCombiningMark => '\u0903',
        UnicodeCategory.EnclosingMark => '\u0488',
        UnicodeCategory.DecimalDigitNumber => '\u0660',
        UnicodeCategory.LetterNumber => '\u2160',
        UnicodeCategory.OtherNumber => '\u00B2',
        UnicodeCategory.MathSymbol => '\u00B1',
        UnicodeCategory.OtherPunctuation => '\u00A7',
        _ => '\u00A9', // symbols: pictures above all
    };
}
