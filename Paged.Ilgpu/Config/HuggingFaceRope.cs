namespace Paged.Ilgpu.Config;

/// <summary>
/// The rotary part of config.json: `rope_theta` and `rope_scaling` in older files, both inside `rope_parameters` since transformers 5.
/// </summary>
internal static class HuggingFaceRope
{
    private const double DefaultTheta = 10000;
    private static readonly HashSet<string> NoOtherKeys = [];

    /// <summary>The base of the angles and their scaling, null where there is none.</summary>
    public static (double Theta, RopeScaling? Scaling) Read(ConfigValues values)
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

    private static (double? Theta, RopeScaling? Scaling) ReadObject(ConfigValues? rope)
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
            "llama3" => new RopeScaling(
                Required(rope, "factor"),
                Required(rope, "low_freq_factor"),
                Required(rope, "high_freq_factor"),
                rope.Int("original_max_position_embeddings", 1, ConfigLimits.Positions)),
            _ => throw rope.Unexpected("rope_type", type, "'llama3' or 'default', the scalings supported"),
        };
        rope.RefuseUnknownKeys(NoOtherKeys);
        return (theta, scaling);
    }

    private static void RefusePartialRotation(ConfigValues values)
    {
        if (values.OptionalPositive("partial_rotary_factor") is double factor && factor != 1)
            throw values.Unexpected("partial_rotary_factor", factor, "1, since every element of a head is rotated");
    }

    private static double Required(ConfigValues rope, string key) =>
        rope.OptionalPositive(key) ?? throw new PagedException($"{rope.Origin} has no '{key}', which must be a number above 0.");
}
