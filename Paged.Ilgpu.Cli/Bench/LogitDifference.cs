namespace Paged.Ilgpu.Cli.Bench;

/// <summary>How far logits are from those expected. Each property is a key of its JSON, in snake_case.</summary>
internal sealed record LogitDifference
{
    /// <summary>Texts after which logits were compared.</summary>
    public required int Rows { get; init; }

    /// <summary>The largest difference of a logit.</summary>
    public required double MaxError { get; init; }

    /// <summary>Differences without their sign, averaged over all logits.</summary>
    public required double MeanError { get; init; }

    /// <summary>The standard deviation of the expected logits of a row, averaged: what an error is to be compared with.</summary>
    public required double Spread { get; init; }

    /// <summary>Kullback-Leibler divergence of the token's distribution from the expected one, in nats, averaged over the rows.</summary>
    public required double MeanKlDivergence { get; init; }

    /// <summary>Share of the rows whose likeliest token is the expected one, 0 to 1.</summary>
    public required double TopTokenAgreement { get; init; }

    /// <summary>Compares row by row.</summary>
    public static LogitDifference Of(LogitRows expected, LogitRows actual)
    {
        double largest = 0, sum = 0, spread = 0, divergence = 0;
        long elements = 0;
        int agreeing = 0;
        for (int row = 0; row < expected.Count; row++)
        {
            ReadOnlySpan<float> right = expected[row], given = actual[row];
            for (int id = 0; id < right.Length; id++)
            {
                double error = Math.Abs((double)given[id] - right[id]);
                largest = Math.Max(largest, error);
                sum += error;
            }

            elements += right.Length;
            spread += StandardDeviation(right);
            divergence += KlDivergence(right, given);
            agreeing += IndexOfLargest(right) == IndexOfLargest(given) ? 1 : 0;
        }

        return new LogitDifference
        {
            Rows = expected.Count,
            MaxError = largest,
            MeanError = sum / elements,
            Spread = spread / expected.Count,
            MeanKlDivergence = divergence / expected.Count,
            TopTokenAgreement = (double)agreeing / expected.Count,
        };
    }

    /// <summary>Σ p (log p - log q) for the distributions p and q that two rows of logits stand for.</summary>
    public static double KlDivergence(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        double expectedNorm = LogSumOfExponentials(expected);
        double actualNorm = LogSumOfExponentials(actual);
        double divergence = 0;
        for (int id = 0; id < expected.Length; id++)
        {
            double expectedLog = expected[id] - expectedNorm;
            divergence += Math.Exp(expectedLog) * (expectedLog - (actual[id] - actualNorm));
        }

        return divergence;
    }

    private static double LogSumOfExponentials(ReadOnlySpan<float> logits)
    {
        double largest = logits[IndexOfLargest(logits)];
        double sum = 0;
        foreach (float logit in logits)
            sum += Math.Exp(logit - largest);
        return largest + Math.Log(sum);
    }

    private static double StandardDeviation(ReadOnlySpan<float> values)
    {
        double sum = 0, squares = 0;
        foreach (float value in values)
            sum += value;
        double mean = sum / values.Length;
        foreach (float value in values)
            squares += (value - mean) * (value - mean);
        return Math.Sqrt(squares / values.Length);
    }

    private static int IndexOfLargest(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int index = 1; index < values.Length; index++)
        {
            if (values[index] > values[best])
                best = index;
        }

        return best;
    }
}
