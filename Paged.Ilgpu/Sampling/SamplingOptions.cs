namespace Paged.Ilgpu.Sampling;

/// <summary>
/// How the answer to one prompt is drawn and where it ends. The defaults are greedy: the likeliest token each time. The names in messages
/// are those of the OpenAI API and of vLLM.
/// </summary>
public sealed partial record SamplingOptions
{
    /// <summary>Tokens of the answer at most, at least 1; null where only the model's length ends it.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Tokens of the answer before which neither stop ids nor stop strings end it, at least 0; until then stop ids are not drawn.</summary>
    public int MinTokens { get; init; }

    /// <summary>Ids that end the answer; the id that ended it is its last token.</summary>
    public IReadOnlyList<int> StopTokenIds { get; init; } = [];

    /// <summary>Texts that end the answer, none of them empty; they may begin and end within tokens.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>Whether the stop string that ended the answer stays in its text.</summary>
    public bool IncludesStopString { get; init; }

    /// <summary>Whether stop ids are taken for ordinary tokens.</summary>
    public bool IgnoreEos { get; init; }

    /// <summary>What logits are divided by before a token is drawn, 0 to 2; 0 takes the likeliest token.</summary>
    public double Temperature { get; init; }

    /// <summary>Only the likeliest tokens are drawn whose probabilities together reach this, above 0 and at most 1 (Holtzman et al. 2020, section 3.1).</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Only so many of the likeliest tokens are drawn; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>Only tokens are drawn at least this many times as likely as the likeliest, 0 to 1 (Nguyen et al. 2024, section 3).</summary>
    public double MinP { get; init; }

    /// <summary>Divides positive logits of tokens of prompt and answer, multiplies negative ones; above 0 (Keskar et al. 2019, section 4.1).</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Taken off the logits of tokens that are in the answer, -2 to 2.</summary>
    public double PresencePenalty { get; init; }

    /// <summary>Taken off the logits of tokens for each time that they are in the answer, -2 to 2.</summary>
    public double FrequencyPenalty { get; init; }

    /// <summary>Added to the logits of these ids, each -100 to 100.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = new Dictionary<int, float>();

    /// <summary>Where the request's own stream of random numbers begins; null for a seed of the request's number.</summary>
    public long? Seed { get; init; }

    /// <summary>
    /// How many of the likeliest tokens are told with their log probabilities beside each token of the answer, 0 to 20; null tells none, not
    /// even the token's own.
    /// </summary>
    public int? LogProbabilities { get; init; }

    /// <summary>The same with the model's own ends beside the request's, unless <see cref="IgnoreEos"/> has them ignored.</summary>
    /// <param name="endOfTextIds">The ids that end an answer by the model's configuration and tokenizer.</param>
    public SamplingOptions WithModelEnds(IReadOnlyList<int> endOfTextIds) => IgnoreEos
        ? this with { IgnoreEos = false }
        : this with { StopTokenIds = StopTokenIds.Count == 0 ? endOfTextIds : [.. StopTokenIds.Union(endOfTextIds)] };

    /// <summary>Whether an answer ends with this token.</summary>
    /// <param name="token">The last token of the answer.</param>
    /// <param name="answerLength">Tokens of the answer, this one included.</param>
    public bool IsStop(int token, int answerLength)
    {
        if (IgnoreEos || answerLength < MinTokens)
            return false;
        for (int i = 0; i < StopTokenIds.Count; i++)
        {
            if (StopTokenIds[i] == token)
                return true;
        }

        return false;
    }

    /// <summary>Whether stop ids are not to be drawn yet, with so many tokens of the answer there.</summary>
    internal bool HoldsStopIds(int answerLength) => answerLength < MinTokens && !IgnoreEos && StopTokenIds.Count > 0;
}
