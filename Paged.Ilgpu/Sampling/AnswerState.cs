using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Sampling;

/// <summary>
/// What goes with one growing answer: the options it is drawn by, its stream of random numbers, what the penalties count, its text where
/// stop strings look for their place. A preempted sequence keeps all of it, so nothing is ever drawn twice.
/// </summary>
internal sealed class AnswerState
{
    private readonly long _seed;
    private readonly int _index;
    private readonly ITokenizer? _tokenizer;
    private readonly KeyValuePair<int, float>[] _bias;
    private readonly TokenCounts? _counts; // null without penalties
    private readonly AnswerText? _text; // null without stop strings: the text can then wait for the end
    private readonly List<PositionLogProbabilities>? _logProbabilities; // null where nobody asked

    /// <param name="options">Known to make sense.</param>
    /// <param name="seed">Where the request's random numbers begin.</param>
    /// <param name="index">Which answer to its prompt it is, from 0.</param>
    /// <param name="prompt">The prompt's tokens.</param>
    /// <param name="tokenizer">Null where nobody wants text.</param>
    /// <exception cref="PagedException">There are stop strings and no tokenizer.</exception>
    public AnswerState(SamplingOptions options, long seed, int index, ReadOnlySpan<int> prompt, ITokenizer? tokenizer)
    {
        Options = options;
        _seed = seed;
        _index = index;
        _tokenizer = tokenizer;
        _bias = [.. options.LogitBias];
        bool penalizesPrompt = options.RepetitionPenalty != 1;
        if (penalizesPrompt || options.PresencePenalty != 0 || options.FrequencyPenalty != 0)
            _counts = new TokenCounts(penalizesPrompt ? prompt : []);
        if (options.StopStrings.Count > 0)
        {
            _text = NewText(tokenizer ?? throw new PagedException($"The value of stop is \"{options.StopStrings[0]}\"; it must be absent, "
                + "as the engine was given no tokenizer to find texts with."));
        }

        if (options.LogProbabilities is not null)
            _logProbabilities = [];
    }

    /// <summary>How it is drawn and where it ends.</summary>
    public SamplingOptions Options { get; }

    /// <summary>Tokens so far.</summary>
    public int Length { get; private set; }

    /// <summary>Whether its last token is a stop id, or completed a stop string.</summary>
    public bool HasStopped { get; private set; }

    /// <summary>One for each token, where the request asked for them.</summary>
    public IReadOnlyList<PositionLogProbabilities>? LogProbabilities => _logProbabilities;

    /// <summary>Whether the next token's logits differ from the model's.</summary>
    public bool AdjustsLogits => _counts is not null || _bias.Length > 0 || Options.HoldsStopIds(Length);

    /// <summary>Whether the next token takes more than to know which of the model's logits is the largest.</summary>
    public bool NeedsLogits => Options.Temperature > 0 || _logProbabilities is not null || AdjustsLogits;

    /// <summary>
    /// Whether a list of the model's likeliest tokens may be all that the next token takes. It is for top_k within the list; with min_p
    /// the list tells.
    /// </summary>
    /// <param name="listLength">Tokens of the list.</param>
    public bool MayDrawFromLikeliest(int listLength) => Options.Temperature > 0 && _logProbabilities is null && !AdjustsLogits
        && (Options.MinP > 0 || (Options.TopK > 0 && Options.TopK <= listLength));

    /// <summary>The random number by which the next token is drawn, of [0, 1).</summary>
    public double NextUniform => RandomStream.Uniform(_seed, _index, Length);

    /// <summary>Changes the next token's logits: stop ids held back, bias, penalties.</summary>
    /// <param name="logits">The model's. [vocabulary]</param>
    public void Adjust(Span<float> logits)
    {
        if (Options.HoldsStopIds(Length))
        {
            for (int i = 0; i < Options.StopTokenIds.Count; i++)
                logits[Options.StopTokenIds[i]] = float.NegativeInfinity;
        }

        foreach ((int token, float bias) in _bias)
            logits[token] += bias;
        _counts?.Penalize(logits, Options);
    }

    /// <summary>Notes how likely the next token was.</summary>
    public void Note(PositionLogProbabilities likelihood) => _logProbabilities!.Add(likelihood);

    /// <summary>Takes the next token.</summary>
    public void Append(int token)
    {
        Length++;
        _counts?.Add(token);
        HasStopped = Options.IsStop(token, Length);
        if (_text is not null && (!HasStopped || Options.IncludesStopString))
            HasStopped |= _text.Append(token, mayEnd: Length > Options.MinTokens);
    }

    /// <summary>Its text, without special tokens and without the stop id or stop string that ended it; null without a tokenizer.</summary>
    /// <param name="tokens">All its tokens.</param>
    public string? Text(ReadOnlySpan<int> tokens)
    {
        if (_tokenizer is null)
            return null;
        if (_text is not null)
            return _text.Finish();
        AnswerText text = NewText(_tokenizer);
        foreach (int token in HasStopped && !Options.IncludesStopString ? tokens[..^1] : tokens)
            text.Append(token, mayEnd: false);
        return text.Finish();
    }

    private AnswerText NewText(ITokenizer tokenizer) => new(tokenizer, Options.StopStrings, Options.IncludesStopString);
}
