namespace Paged.Ilgpu.Config;

/// <summary>How the rotary angles are stretched beyond the length a model was first trained at.</summary>
public abstract record RopeScaling
{
    // Far beyond any published one, and small enough that no frequency leaves the range of a double.
    private const double LargestFactor = 1e6;

    private protected RopeScaling(double factor) => Factor = factor;

    /// <summary>How many times longer texts may be, from 1.</summary>
    public double Factor { get; init; }

    /// <summary>What a factor must be, for messages.</summary>
    internal static string ExpectedFactor => $"a factor from 1 to {LargestFactor:N0}";

    /// <summary>Whether the factor is one.</summary>
    private protected bool FactorIsRight => Factor is >= 1 and <= LargestFactor;

    /// <summary>Says what is wrong with the numbers, as a part of a sentence with the values and what is expected; null where nothing is.</summary>
    internal abstract string? Fault { get; }
}

/// <summary>Llama 3.1's: long waves are slowed, short ones stay (apply_scaling in github.com/meta-llama/llama-models, models/llama3/model.py).</summary>
/// <param name="Factor">Low frequencies are divided by this; at least 1.</param>
/// <param name="LowFrequencyFactor">Wavelengths longer than the original length over this are stretched wholly.</param>
/// <param name="HighFrequencyFactor">Wavelengths shorter than the original length over this are kept.</param>
/// <param name="OriginalMaxPositions">The length the model was first trained at, in positions.</param>
public sealed record Llama3RopeScaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalMaxPositions)
    : RopeScaling(Factor)
{
    internal override string? Fault => FactorIsRight && HighFrequencyFactor > LowFrequencyFactor
        ? null
        : $"factor {Factor}, low {LowFrequencyFactor} and high {HighFrequencyFactor}, expected {ExpectedFactor} and low below high";
}

/// <summary>Every angle divided by one factor (Chen et al. 2023, "Extending Context Window of Large Language Models via Positional Interpolation").</summary>
/// <param name="Factor">At least 1.</param>
public sealed record LinearRopeScaling(double Factor) : RopeScaling(Factor)
{
    internal override string? Fault => FactorIsRight ? null : $"factor {Factor}, expected {ExpectedFactor}";
}

/// <summary>
/// A greater base ("NTK-aware"), one for the whole run: that of the longest text, which vLLM takes too (DynamicNTKScalingRotaryEmbedding),
/// and not a new one at each length, which would turn keys that the cache already holds.
/// </summary>
/// <param name="Factor">The longest text is the original length times this; at least 1.</param>
public sealed record DynamicRopeScaling(double Factor) : RopeScaling(Factor)
{
    internal override string? Fault => FactorIsRight ? null : $"factor {Factor}, expected {ExpectedFactor}";
}

/// <summary>YaRN (Peng et al. 2023): waves are slowed or kept by how often they turn within the original length, and attention is sharpened.</summary>
/// <param name="Factor">Low frequencies are divided by this; at least 1.</param>
/// <param name="OriginalMaxPositions">The length the model was first trained at, in positions.</param>
/// <param name="FastTurns">Waves that turn more often within the original length are kept; the paper's beta, 32 there.</param>
/// <param name="SlowTurns">Waves that turn less often are slowed by the whole factor; the paper's alpha, 1 there.</param>
/// <param name="AttentionFactor">Multiplies cosines and sines, so that its square multiplies the scores.</param>
/// <param name="RoundsRamp">Whether the ramp between the two begins and ends at whole pairs, as in the authors' program.</param>
public sealed record YarnRopeScaling(
    double Factor, int OriginalMaxPositions, double FastTurns, double SlowTurns, double AttentionFactor, bool RoundsRamp = true)
    : RopeScaling(Factor)
{
    internal override string? Fault => FactorIsRight && FastTurns > SlowTurns
        ? null
        : $"factor {Factor}, beta_fast {FastTurns} and beta_slow {SlowTurns}, expected {ExpectedFactor} and beta_slow below beta_fast";

    /// <summary>The paper's attention factor for a scale (section 3.4): 0.1 ln(factor) + 1.</summary>
    /// <param name="factor">The scale, at least 1.</param>
    /// <param name="strength">Multiplies the logarithm; 1 in the paper.</param>
    public static double AttentionFactorFor(double factor, double strength = 1) => factor > 1 ? 0.1 * strength * Math.Log(factor) + 1 : 1;
}

/// <summary>Each pair's frequency divided by a number of its own: any of the others, as llama.cpp's files have it.</summary>
/// <param name="Divisors">[headDim / 2], each above 0.</param>
public sealed record DividedRopeScaling(IReadOnlyList<double> Divisors)
    : RopeScaling(Divisors.Count == 0 ? double.NaN : Divisors.Max())
{
    internal override string? Fault => FactorIsRight && Divisors.All(divisor => divisor is > 0 and <= double.MaxValue)
        ? null
        : $"divisors up to {Factor}, expected each above 0 and for the greatest {ExpectedFactor}";

    /// <summary>Whether the divisors are the same.</summary>
    public bool Equals(DividedRopeScaling? other) => other is not null && Divisors.SequenceEqual(other.Divisors);

    /// <inheritdoc/>
    public override int GetHashCode() => Factor.GetHashCode();
}
