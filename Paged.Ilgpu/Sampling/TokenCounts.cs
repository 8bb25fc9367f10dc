using System.Runtime.InteropServices;

namespace Paged.Ilgpu.Sampling;

/// <summary>Which tokens an answer has, how often, and which its prompt has: what the penalties go by, kept as the answer grows.</summary>
internal sealed class TokenCounts
{
    private readonly Dictionary<int, int> _timesInAnswer = []; // 0 for a token of the prompt alone

    /// <summary>Begins with an empty answer.</summary>
    /// <param name="prompt">The tokens that the repetition penalty is to find beside those of the answer; may be empty.</param>
    public TokenCounts(ReadOnlySpan<int> prompt)
    {
        foreach (int token in prompt)
            _timesInAnswer[token] = 0;
    }

    /// <summary>Counts a token of the answer.</summary>
    public void Add(int token) => CollectionsMarshal.GetValueRefOrAddDefault(_timesInAnswer, token, out _)++;

    /// <summary>Changes the logits of the tokens counted.</summary>
    /// <param name="logits">[vocabulary]</param>
    /// <param name="options">The penalties.</param>
    public void Penalize(Span<float> logits, SamplingOptions options)
    {
        foreach ((int token, int times) in _timesInAnswer)
        {
            double logit = logits[token];
            logit = logit > 0 ? logit / options.RepetitionPenalty : logit * options.RepetitionPenalty;
            if (times > 0)
                logit -= options.FrequencyPenalty * times + options.PresencePenalty;

            // However strong the penalty: a logit stays a number that others can be compared with. A token that may not be drawn stays out.
            if (!float.IsNegativeInfinity(logits[token]))
                logits[token] = (float)Math.Clamp(logit, -float.MaxValue, float.MaxValue);
        }
    }
}
