namespace Paged.Ilgpu.Config;

/// <summary>
/// The largest sizes accepted from a configuration: far beyond any published Llama, and small enough that the product of any two is
/// an exact 64-bit count and of heads and head size an exact 32-bit one.
/// </summary>
internal static class ConfigLimits
{
    public const int Layers = 4096;
    public const int Hidden = 1 << 20;
    public const int Intermediate = 1 << 24;
    public const int Heads = 1 << 14;
    public const int HeadDim = 1 << 14;
    public const int Vocabulary = 1 << 24;
    public const int Positions = 1 << 30;

    /// <summary>Checks what single values cannot show; returns the same configuration.</summary>
    /// <exception cref="PagedException">Two values contradict each other.</exception>
    public static LlamaConfig Check(LlamaConfig config, string origin)
    {
        if (config.HeadCount % config.KeyValueHeadCount != 0)
        {
            throw new PagedException($"{origin} has {config.HeadCount} query heads for {config.KeyValueHeadCount} key and value heads, "
                + "expected the second number to divide the first.");
        }

        if (config.HeadDim % 2 != 0)
        {
            throw new PagedException($"{origin} gives heads of {config.HeadDim} elements, "
                + "expected an even number since RoPE rotates pairs.");
        }

        if (config.RmsNormEpsilon is not (> 0 and < 1))
            throw new PagedException($"{origin} gives a norm epsilon of {config.RmsNormEpsilon}, expected a number between 0 and 1.");
        if (config.RopeScaling?.Fault is { } fault)
            throw new PagedException($"{origin} gives a RoPE scaling with {fault}.");
        if (config.RopeScaling is DividedRopeScaling divided && divided.Divisors.Count != config.HeadDim / 2)
        {
            throw new PagedException($"{origin} has a RoPE scaling of {divided.Divisors.Count} divisors, "
                + $"expected {config.HeadDim / 2}, one for each pair of a head.");
        }

        if (config.RopeScaling is YarnRopeScaling && config.RopeTheta <= 1)
            throw new PagedException($"{origin} gives a RoPE theta of {config.RopeTheta}, expected more than 1 with the scaling 'yarn'.");

        return config;
    }

    /// <summary>The size of one head where the configuration does not give it: the width shared evenly.</summary>
    public static int DivideIntoHeads(ConfigValues values, string headsKey, int headCount, string hiddenKey, int hiddenSize) =>
        hiddenSize % headCount == 0
            ? hiddenSize / headCount
            : throw values.Unexpected(headsKey, (long)headCount, $"a number that divides '{hiddenKey}', {hiddenSize}");
}
