using System.Text;
using System.Text.RegularExpressions;

namespace Paged.Ilgpu.Tokenization;

/// <summary>
/// Brings a chat template into one form, in which two that differ only in how they are written down are equal: no comments, no space within
/// expressions, double quotes, <c>a["b"]</c> for <c>a.b</c>, one literal for a sum of literals, and of the text between tags what Jinja
/// would write with trim_blocks and lstrip_blocks, as Hugging Face runs it. A line end is written <c>\n</c>.
/// </summary>
internal static partial class JinjaText
{
    /// <summary>The template in that form.</summary>
    public static string Normalize(string template)
    {
        var result = new StringBuilder();
        string lines = template.ReplaceLineEndings("\n");
        string closed = ""; // how the tag before ended
        int reached = 0;
        foreach (Match tag in Tags().Matches(lines))
        {
            result.Append(Between(lines[reached..tag.Index], closed, tag.Value[..3]));
            if (tag.Value[1] != '#')
                result.Append(tag.Value[..2]).Append(Expression(tag.Groups["inside"].Value)).Append(tag.Value[^2..]);
            closed = tag.Value[^3..];
            reached = tag.Index + tag.Length;
        }

        result.Append(Between(lines[reached..], closed, ""));
        return result.ToString();
    }

    private static string Between(string text, string closed, string opens)
    {
        bool beginsLine = closed.Length == 0;
        if (closed.StartsWith('-'))
        {
            text = text.TrimStart();
        }
        else if (!beginsLine && !closed.EndsWith("}}", StringComparison.Ordinal) && text.StartsWith('\n'))
        {
            beginsLine = true;
            text = text[1..];
        }

        if (opens.EndsWith('-'))
            text = text.TrimEnd();
        else if (opens.Length > 0 && !opens.StartsWith("{{", StringComparison.Ordinal) && (beginsLine || text.Contains('\n')))
            text = BlanksAtLineStart().Replace(text, "");
        return text.Replace("\n", "\\n", StringComparison.Ordinal);
    }

    private static string Expression(string inside)
    {
        var result = new StringBuilder();
        int reached = 0;
        foreach (Match literal in Literals().Matches(inside))
        {
            result.Append(Code(inside[reached..literal.Index]));
            string text = literal.Value[1..^1].Replace("\n", "\\n", StringComparison.Ordinal).Replace("\\'", "'", StringComparison.Ordinal);
            result.Append('"').Append(text.Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
            reached = literal.Index + literal.Length;
        }

        return result.Append(Code(inside[reached..])).Replace("\"+\"", "").ToString();
    }

    private static string Code(string code) => Attributes().Replace(Blanks().Replace(code, ""), "[\"$1\"]");

    // Each alternative begins with another character than the one before can end with: linear time.
#pragma warning disable MA0009
    [GeneratedRegex(@"\{\{-?(?<inside>.*?)-?\}\}|\{%-?(?<inside>.*?)-?%\}|\{#.*?#\}", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Tags();

    [GeneratedRegex(@"'(?:[^'\\]|\\.)*'|""(?:[^""\\]|\\.)*""", RegexOptions.Singleline)]
    private static partial Regex Literals();

    [GeneratedRegex(@"(?<=^|\n)[ \t]+\z")]
    private static partial Regex BlanksAtLineStart();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    // message.role, but not content.strip()
    [GeneratedRegex(@"\.(role|content)\b(?!\()")]
    private static partial Regex Attributes();
#pragma warning restore MA0009
}
