using System.Text;
using System.Text.Unicode;
using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Cli.Output;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Scheduling;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Cli.Running;

/// <summary>Turns what the engine has drawn into what is written.</summary>
/// <param name="tokenizer">Says what tokens stand for.</param>
internal sealed class ChoiceText(ITokenizer tokenizer)
{
    public AnswerChoice Choice(Completion completion, SamplingOptions wanted, AnswerForm form, bool returnsTokenIds)
    {
        string text = completion.Text ?? throw new ArgumentException("The engine has no tokenizer.", nameof(completion));
        if (form.ShowsSpecialTokens)
            text = WithSpecialTokens(completion, wanted, text.Length);
        return new AnswerChoice(text, completion.TokenIds, completion.FinishReason == FinishReason.Stop ? "stop" : "length")
        {
            ShowsTokenIds = returnsTokenIds || form.ReturnsTokenIds,
            LogProbabilities = completion.LogProbabilities is { } positions ? [.. positions.Select(Show)] : null,
        };
    }

    /// <summary>The text with its special tokens, but for the one that ended it, as in vLLM.</summary>
    /// <param name="completion">The answer.</param>
    /// <param name="wanted">How it was drawn.</param>
    /// <param name="letters">Letters of the text without special tokens: a stop string may have cut it within a token.</param>
    private string WithSpecialTokens(Completion completion, SamplingOptions wanted, int letters)
    {
        bool endsWithStopId = completion.FinishReason == FinishReason.Stop && !wanted.IncludesStopString && IsSpecial(completion.TokenIds[^1]);
        var text = new StringBuilder();
        Decoder utf8 = Encoding.UTF8.GetDecoder();
        int shown = 0;
        foreach (int id in completion.TokenIds.Take(completion.TokenIds.Count - (endsWithStopId ? 1 : 0)))
        {
            if (SpecialTokenOf(id) is { } special)
            {
                text.Append(special);
                continue;
            }

            ReadOnlySpan<byte> bytes = BytesOf(id);
            var piece = new char[utf8.GetCharCount(bytes, flush: false)];
            utf8.GetChars(bytes, piece, flush: false);
            int room = Math.Min(piece.Length, letters - shown);
            text.Append(piece, 0, room);
            shown += room;
            if (room < piece.Length)
                return text.ToString();
        }

        return text.Append('\uFFFD', letters - shown).ToString(); // it ended within a character
    }

    private LikelyTokens Show(PositionLogProbabilities position) => new(Show(position.Drawn), [.. position.Likeliest.Select(Show)]);

    private LikelyToken Show(TokenLogProbability token)
    {
        byte[] bytes = SpecialTokenOf(token.TokenId) is { } special ? Encoding.UTF8.GetBytes(special) : BytesOf(token.TokenId).ToArray();
        string text = Utf8.IsValid(bytes)
            ? Encoding.UTF8.GetString(bytes)
            : string.Concat(["bytes:", .. bytes.Select(value => $"\\x{value:x2}")]);
        return new LikelyToken(text, bytes, token.LogProbability);
    }

    private bool IsSpecial(int id) => SpecialTokenOf(id) is not null;

    private string? SpecialTokenOf(int id) => id < tokenizer.VocabularySize ? tokenizer.SpecialTokenOf(id) : null;

    // A model may have spare rows that no token has.
    private ReadOnlySpan<byte> BytesOf(int id) => id < tokenizer.VocabularySize ? tokenizer.BytesOf(id) : "\uFFFD"u8;
}
