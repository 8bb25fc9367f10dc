namespace Paged.Ilgpu.Config;

/// <summary>The speed at which each pair of a head's elements turns with the position.</summary>
public static class RopeFrequencies
{
    /// <summary>
    /// The angle per position of each pair, theta^(−2i / headDim) (Su et al. 2021, section 3.2.2), stretched where the model says so.
    /// </summary>
    /// <param name="config">The model.</param>
    /// <returns>Radians per position, [headDim / 2].</returns>
    public static double[] Compute(LlamaConfig config) => config.RopeScaling switch
    {
        null => Of(config, config.RopeTheta),
        LinearRopeScaling linear => [.. Of(config, config.RopeTheta).Select(frequency => frequency / linear.Factor)],
        Llama3RopeScaling scaling => [.. Of(config, config.RopeTheta).Select(frequency => Stretch(frequency, scaling))],
        DynamicRopeScaling scaling => Of(config, DynamicTheta(config, scaling)),
        YarnRopeScaling scaling => Interpolate(config, scaling),
        DividedRopeScaling scaling => [.. Of(config, config.RopeTheta).Zip(scaling.Divisors, (frequency, divisor) => frequency / divisor)],
        _ => throw new InvalidOperationException($"{config.RopeScaling} has no frequencies."),
    };

    /// <summary>What cosines and sines are multiplied with: 1, unless the model's scaling is YaRN's.</summary>
    public static double AttentionFactor(LlamaConfig config) => config.RopeScaling is YarnRopeScaling yarn ? yarn.AttentionFactor : 1;

    private static double[] Of(LlamaConfig config, double theta) =>
        [.. Enumerable.Range(0, config.HeadDim / 2).Select(pair => Math.Pow(theta, -2.0 * pair / config.HeadDim))];

    // Waves that turn often within the original length stay, waves that do not turn once are slowed by the whole factor, and those
    // between by a linear mixture.
    private static double Stretch(double frequency, Llama3RopeScaling scaling)
    {
        double wavelength = 2 * Math.PI / frequency;
        double turns = scaling.OriginalMaxPositions / wavelength;
        double kept = Math.Clamp(
            (turns - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor), 0, 1);
        return (1 - kept) * frequency / scaling.Factor + kept * frequency;
    }

    // The base at which a text of the original length times the factor has the lowest frequency that the original length has at theta,
    // by vLLM's form of the formula: the length it grows with is that longest one. A head of one pair has only the frequency 1.
    private static double DynamicTheta(LlamaConfig config, DynamicRopeScaling scaling)
    {
        double stretch = scaling.Factor * scaling.Factor - (scaling.Factor - 1);
        return config.HeadDim == 2
            ? config.RopeTheta
            : config.RopeTheta * Math.Pow(stretch, config.HeadDim / (config.HeadDim - 2.0));
    }

    // "NTK-by-parts" (Peng et al. 2023, section 3.2), with the ramp over pairs instead of turns, as in the authors' program
    // (github.com/jquesnelle/yarn) and in transformers.
    private static double[] Interpolate(LlamaConfig config, YarnRopeScaling scaling)
    {
        double begin = PairOf(scaling.FastTurns);
        double end = PairOf(scaling.SlowTurns);
        if (scaling.RoundsRamp)
            (begin, end) = (Math.Floor(begin), Math.Ceiling(end));
        begin = Math.Max(begin, 0);
        end = Math.Min(end, config.HeadDim - 1);
        if (begin == end)
            end += 0.001; // a step instead of a division by zero

        return [.. Of(config, config.RopeTheta).Select((frequency, pair) =>
        {
            double slowed = Math.Clamp((pair - begin) / (end - begin), 0, 1);
            return slowed * frequency / scaling.Factor + (1 - slowed) * frequency;
        })];

        // The pair, as a fraction, whose wave turns so often within the original length.
        double PairOf(double turns) =>
            config.HeadDim * Math.Log(scaling.OriginalMaxPositions / (turns * 2 * Math.PI)) / (2 * Math.Log(config.RopeTheta));
    }
}
