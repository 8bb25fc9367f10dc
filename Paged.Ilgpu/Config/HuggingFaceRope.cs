namespace Paged.Ilgpu.Config;

/// <summary>
/// The rotary part of config.json: `rope_theta` and `rope_scaling` in older files, both inside `rope_parameters` since transformers 5.
/// </summary>
/// <param name="values">The configuration.</param>
/// <param name="maxPositions">Its `max_position_embeddings`, in positions.</param>
internal sealed class HuggingFaceRope(ConfigValues values, int maxPositions)
{
    private const double DefaultTheta = 10000;

    // A note of the author's that a model was trained with its scaling.
    private static readonly HashSet<string> HarmlessKeys = ["finetuned"];

    /// <summary>The base of the angles and their scaling, null where there is none.</summary>
    public (double Theta, RopeScaling? Scaling) Read()
    {
        RefusePartialRotation(values);
        double? theta = values.OptionalPositive("rope_theta");
        (double? oldTheta, RopeScaling? oldScaling) = ReadObject(values.OptionalObject("rope_scaling"));
        (double? newTheta, RopeScaling? newScaling) = ReadObject(values.OptionalObject("rope_parameters"));
        if (oldScaling is not null && newScaling is not null && oldScaling != newScaling)
        {
            throw new PagedException($"{values.Origin} gives one RoPE scaling in 'rope_scaling' and another in 'rope_parameters', "
                + "expected one.");
        }

        double[] thetas = [.. new[] { theta, oldTheta, newTheta }.OfType<double>().Distinct()];
        if (thetas.Length > 1)
            throw new PagedException($"{values.Origin} gives 'rope_theta' as {thetas[0]} and as {thetas[1]}, expected one value.");
        return (thetas.Length == 1 ? thetas[0] : DefaultTheta, oldScaling ?? newScaling);
    }

    /// <summary>
    /// The longest text: as vLLM has it, a factor stretches the length in the file, except that Llama 3.1's is in it already and YaRN's
    /// stretches the original one.
    /// </summary>
    public int StretchedMaxPositions(RopeScaling? scaling) => scaling switch
    {
        LinearRopeScaling or DynamicRopeScaling => Times(maxPositions, scaling.Factor),
        YarnRopeScaling yarn => Times(yarn.OriginalMaxPositions, yarn.Factor),
        _ => maxPositions,
    };

    private static int Times(int positions, double factor) => (int)Math.Clamp(Math.Round(positions * factor), 1, ConfigLimits.Positions);

    private (double? Theta, RopeScaling? Scaling) ReadObject(ConfigValues? rope)
    {
        if (rope is null)
            return (null, null);
        string? olderName = rope.OptionalText("type");
        string type = rope.OptionalText("rope_type") ?? olderName ?? "default";
        double? theta = rope.OptionalPositive("rope_theta");
        RefusePartialRotation(rope);
        RopeScaling? scaling = type switch
        {
            "default" => null,
            "linear" => new LinearRopeScaling(Required(rope, "factor")),
            "dynamic" => new DynamicRopeScaling(Required(rope, "factor")),
            "llama3" => new Llama3RopeScaling(
                Required(rope, "factor"),
                Required(rope, "low_freq_factor"),
                Required(rope, "high_freq_factor"),
                rope.Int("original_max_position_embeddings", 1, ConfigLimits.Positions)),
            "yarn" => ReadYarn(rope),
            _ => throw rope.Unexpected(
                "rope_type", type, "'default', 'linear', 'dynamic', 'llama3' or 'yarn', the scalings supported"),
        };
        rope.RefuseUnknownKeys(HarmlessKeys);
        return (theta, scaling);
    }

    // The keys of transformers and of vLLM ('attn_factor'), and the pair 'mscale' and 'mscale_all_dim' of DeepSeek's models.
    private YarnRopeScaling ReadYarn(ConfigValues rope)
    {
        if (rope.OptionalPositive("extrapolation_factor") is double extrapolation && extrapolation != 1)
            throw rope.Unexpected("extrapolation_factor", extrapolation, "1, the only value supported");
        double factor = Required(rope, "factor");
        double usual = rope.OptionalPositive("mscale") is double strength && rope.OptionalPositive("mscale_all_dim") is double whole
            ? YarnRopeScaling.AttentionFactorFor(factor, strength) / YarnRopeScaling.AttentionFactorFor(factor, whole)
            : YarnRopeScaling.AttentionFactorFor(factor);
        double multiplier = rope.OptionalPositive("attn_factor") ?? 1;
        return new YarnRopeScaling(
            factor,
            rope.OptionalInt("original_max_position_embeddings", 1, ConfigLimits.Positions) ?? maxPositions,
            rope.OptionalPositive("beta_fast") ?? 32,
            rope.OptionalPositive("beta_slow") ?? 1,
            rope.OptionalPositive("attention_factor") ?? usual * multiplier,
            rope.OptionalBool("truncate") ?? true);
    }

    private static void RefusePartialRotation(ConfigValues values)
    {
        if (values.OptionalPositive("partial_rotary_factor") is double factor && factor != 1)
            throw values.Unexpected("partial_rotary_factor", factor, "1, since every element of a head is rotated");
    }

    private static double Required(ConfigValues rope, string key) =>
        rope.OptionalPositive(key) ?? throw new PagedException($"{rope.Origin} has no '{key}', which must be a number above 0.");
}
