using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Tests.Sampling;

/// <summary>The exact probabilities of the next token, by the definitions, sorting everything.</summary>
internal static class NaiveSampling
{
    /// <summary>Probabilities of all tokens. [vocabulary]</summary>
    public static double[] Probabilities(float[] logits, SamplingOptions options, int[] prompt, int[] answer)
    {
        double[] adjusted = [.. logits.Select((logit, token) => Adjusted(logit, token, options, prompt, answer))];
        double[] p = Softmax([.. adjusted.Select(logit => logit / options.Temperature)]);

        double best = p.Max();
        p = Normalized([.. p.Select(value => value < options.MinP * best ? 0 : value)]);

        int[] ranked = [.. Enumerable.Range(0, p.Length).OrderByDescending(token => p[token])];
        if (options.TopK > 0)
        {
            foreach (int token in ranked.Skip(options.TopK))
                p[token] = 0;
        }

        p = Normalized(p);
        double before = 0;
        foreach (int token in ranked)
        {
            double own = p[token];
            if (before >= options.TopP)
                p[token] = 0;
            before += own;
        }

        return Normalized(p);
    }

    public static double[] LogSoftmax(float[] logits) =>
        [.. Softmax([.. logits.Select(logit => (double)logit)]).Select(value => Math.Log(value))];

    private static double Adjusted(float logit, int token, SamplingOptions options, int[] prompt, int[] answer)
    {
        if (answer.Length < options.MinTokens && options.StopTokenIds.Contains(token))
            return double.NegativeInfinity;
        double adjusted = logit + options.LogitBias.GetValueOrDefault(token);
        int times = answer.Count(drawn => drawn == token);
        if (times > 0 || prompt.Contains(token))
            adjusted = adjusted > 0 ? adjusted / options.RepetitionPenalty : adjusted * options.RepetitionPenalty;
        return adjusted - times * options.FrequencyPenalty - (times > 0 ? options.PresencePenalty : 0);
    }

    private static double[] Softmax(double[] values)
    {
        double largest = values.Max();
        return Normalized([.. values.Select(value => Math.Exp(value - largest))]);
    }

    private static double[] Normalized(double[] values)
    {
        double total = values.Sum();
        return [.. values.Select(value => value / total)];
    }
}
