using System.Numerics;

namespace Paged.Ilgpu.Sampling;

/// <summary>
/// Draws tokens from rows of logits, one after another, on the host. The order is vLLM's (vllm/v1/sample/sampler.py): stop ids are held
/// back while the answer is too short, then logit_bias, then the penalties for repetition, frequency and presence; greedy answers take
/// the largest logit of those. Others divide by the temperature, and min_p, top_k and top_p, in this order, each look at what the one
/// before has left. Where logits are equal top_k and top_p keep the lowest ids, so that they keep as few tokens as they can.
/// <para>
/// A token is found by one random number: the weights of those left are summed in double, in a fixed order, up to its share of the total.
/// </para>
/// </summary>
/// <param name="vocabularySize">Logits of a row.</param>
internal sealed class Sampler(int vocabularySize)
{
    /// <summary>
    /// Of tokens less likely than e⁻⁵⁰ times the likeliest, a whole vocabulary weighs less than a random number's last digit: they are
    /// never drawn.
    /// </summary>
    private const double NegligibleExponent = -50;

    private static readonly Comparison<TokenLogProbability> LikeliestFirst = (one, other) =>
        (other.LogProbability, one.TokenId).CompareTo((one.LogProbability, other.TokenId));

    private readonly Candidates _candidates = new(vocabularySize);
    private readonly float[] _adjusted = new float[vocabularySize];

    /// <summary>Draws an answer's next token, and notes its log probability where that is asked for.</summary>
    /// <param name="logits">The model's, none of them NaN. [vocabulary]</param>
    /// <param name="answer">The answer before the token.</param>
    /// <returns>The token's id.</returns>
    /// <exception cref="PagedException">The largest logit is infinite.</exception>
    public int Draw(ReadOnlySpan<float> logits, AnswerState answer)
    {
        ReadOnlySpan<float> adjusted = logits;
        if (answer.AdjustsLogits)
        {
            logits.CopyTo(_adjusted);
            answer.Adjust(_adjusted);
            adjusted = _adjusted;
        }

        float largest = Largest(adjusted);
        SamplingOptions options = answer.Options;
        int token = options.Temperature > 0 ? DrawOne(adjusted, largest, options, answer.NextUniform) : adjusted.IndexOf(largest);
        if (options.LogProbabilities is { } count)
            answer.Note(LikelihoodOf(token, logits, count));
        return token;
    }

    /// <summary>
    /// Draws an answer's next token from a list of the likeliest, the very token that <see cref="Draw"/> finds among all. For answers
    /// that <see cref="AnswerState.MayDrawFromLikeliest"/>.
    /// </summary>
    /// <param name="likeliest">The model's likeliest tokens, the largest logit first, of equal ones the lowest id; no logit of the vocabulary is NaN.</param>
    /// <param name="answer">The answer before the token.</param>
    /// <param name="token">The token's id.</param>
    /// <returns>False where the list is too short to tell.</returns>
    /// <exception cref="PagedException">The largest logit is infinite.</exception>
    public bool TryDraw(ReadOnlySpan<TokenLogit> likeliest, AnswerState answer, out int token)
    {
        float largest = Finite(likeliest[0].Logit);
        SamplingOptions options = answer.Options;
        bool isEnough = _candidates.TryGather(likeliest, LowestFor(options, largest), MostFor(options));
        token = isEnough ? DrawGathered(largest, options, answer.NextUniform) : -1;
        return isEnough;
    }

    private int DrawOne(ReadOnlySpan<float> logits, float largest, SamplingOptions options, double uniform)
    {
        _candidates.Gather(logits, LowestFor(options, largest), MostFor(options));
        return DrawGathered(largest, options, uniform);
    }

    private static double LowestFor(SamplingOptions options, float largest) =>
        largest + options.Temperature * Math.Max(Math.Log(options.MinP), NegligibleExponent);

    private int MostFor(SamplingOptions options) => options.TopK == 0 ? vocabularySize : Math.Min(options.TopK, vocabularySize);

    private int DrawGathered(float largest, SamplingOptions options, double uniform)
    {
        double total = _candidates.Weigh(largest, options.Temperature);
        if (options.TopP < 1)
            total = _candidates.KeepNucleus(options.TopP, total);
        return _candidates.Draw(uniform, total);
    }

    /// <summary>The log-softmax of the model's own logits, vLLM's raw_logprobs.</summary>
    private PositionLogProbabilities LikelihoodOf(int token, ReadOnlySpan<float> logits, int count)
    {
        float largest = Largest(logits);
        _candidates.Gather(logits, largest + NegligibleExponent, vocabularySize);
        double logOfSum = largest + Math.Log(_candidates.Weigh(largest, 1));
        if (count == 0)
            return new PositionLogProbabilities(Of(token, logits), []);

        _candidates.Gather(logits, double.NegativeInfinity, Math.Min(count, vocabularySize));
        var likeliest = new TokenLogProbability[_candidates.Count];
        for (int i = 0; i < likeliest.Length; i++)
            likeliest[i] = Of(_candidates.Ids[i], logits);
        Array.Sort(likeliest, LikeliestFirst);
        return new PositionLogProbabilities(Of(token, logits), likeliest);

        TokenLogProbability Of(int id, ReadOnlySpan<float> row) => new(id, (float)(row[id] - logOfSum));
    }

    private static float Largest(ReadOnlySpan<float> logits)
    {
        int id = 0;
        float largest = float.NegativeInfinity;
        if (logits.Length >= Vector<float>.Count)
        {
            var lanes = new Vector<float>(float.NegativeInfinity);
            for (; id + Vector<float>.Count <= logits.Length; id += Vector<float>.Count)
                lanes = Vector.Max(lanes, new Vector<float>(logits[id..]));
            for (int lane = 0; lane < Vector<float>.Count; lane++)
                largest = MathF.Max(largest, lanes[lane]);
        }

        for (; id < logits.Length; id++)
            largest = MathF.Max(largest, logits[id]);
        return Finite(largest);
    }

    private static float Finite(float largest)
    {
        if (!float.IsFinite(largest))
        {
            throw new PagedException($"The largest logit of an answer's next token is {largest}; it must be finite, so the weights are "
                + "damaged or overflow their type.");
        }

        return largest;
    }
}
