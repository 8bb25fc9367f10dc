namespace Paged.Ilgpu.Config;

/// <summary>The speed at which each pair of a head's elements turns with the position.</summary>
public static class RopeFrequencies
{
    /// <summary>
    /// The angle per position of each pair, theta^(−2i / headDim) (Su et al. 2021, section 3.2.2), stretched where the model says so.
    /// </summary>
    /// <param name="config">The model.</param>
    /// <returns>Radians per position, [headDim / 2].</returns>
    public static double[] Compute(LlamaConfig config)
    {
        var frequencies = new double[config.HeadDim / 2];
        for (int pair = 0; pair < frequencies.Length; pair++)
        {
            double frequency = Math.Pow(config.RopeTheta, -2.0 * pair / config.HeadDim);
            frequencies[pair] = config.RopeScaling is { } scaling ? Stretch(frequency, scaling) : frequency;
        }

        return frequencies;
    }

    // Llama 3.1's scaling (apply_scaling in github.com/meta-llama/llama-models, models/llama3/model.py): waves that turn often within
    // the original length stay, waves that do not turn once are slowed by the whole factor, and those between by a linear mixture.
    private static double Stretch(double frequency, RopeScaling scaling)
    {
        double wavelength = 2 * Math.PI / frequency;
        double turns = scaling.OriginalMaxPositions / wavelength;
        double kept = Math.Clamp(
            (turns - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor), 0, 1);
        return (1 - kept) * frequency / scaling.Factor + kept * frequency;
    }
}
