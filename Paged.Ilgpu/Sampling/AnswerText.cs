using System.Buffers;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Sampling;

/// <summary>
/// The text of an answer as it grows, and where a stop string ends it: where the first one is complete, read character by character, and
/// of those that are complete with the same character the longest. How the text is cut into tokens makes no difference.
/// </summary>
/// <param name="tokenizer">Says what the tokens stand for.</param>
/// <param name="stopStrings">None of them empty.</param>
/// <param name="includesStopString">Whether the stop string is a part of the text.</param>
internal sealed class AnswerText(ITokenizer tokenizer, IReadOnlyList<string> stopStrings, bool includesStopString)
{
    private readonly StreamingDecoder _decoder = new(tokenizer);
    private readonly ArrayBufferWriter<char> _text = new();
    private int? _end; // where a stop string has cut the text

    /// <summary>Takes the next token.</summary>
    /// <param name="token">Any id.</param>
    /// <param name="mayEnd">Whether a stop string that is complete with this token ends the answer.</param>
    /// <returns>True where one did. Costs no more than to search as many characters as the token and the stop string have.</returns>
    public bool Append(int token, bool mayEnd)
    {
        int known = _text.WrittenCount;
        _decoder.Append(token, _text);
        if (mayEnd)
            _end = EndOfStopString(known);
        return _end is not null;
    }

    /// <summary>The whole text, once there are no more tokens.</summary>
    public string Finish()
    {
        if (_end is null)
            _decoder.Finish(_text);
        return new string(_text.WrittenSpan[..(_end ?? _text.WrittenCount)]);
    }

    // A stop string may begin anywhere before the new characters, but it ends among them.
    private int? EndOfStopString(int known)
    {
        ReadOnlySpan<char> text = _text.WrittenSpan;
        (int End, int Start)? first = null;
        for (int i = 0; i < stopStrings.Count; i++)
        {
            ReadOnlySpan<char> stop = stopStrings[i];
            int from = Math.Max(0, known - stop.Length + 1);
            int found = text[from..].IndexOf(stop);
            if (found < 0)
                continue;
            (int End, int Start) match = (from + found + stop.Length, from + found);
            if (first is null || match.CompareTo(first.Value) < 0)
                first = match;
        }

        return includesStopString ? first?.End : first?.Start;
    }
}
