namespace Paged.Ilgpu.Config;

/// <summary>
/// Reads Meta's params.json, the arguments of Meta's reference model (github.com/meta-llama/llama-models, models/llama3/args.py),
/// and the same arguments where a llama2.c checkpoint carries them as model_args.
/// </summary>
public static class ParamsJson
{
    // Sizes of a run and of training; none takes part in a forward pass.
    private static readonly HashSet<string> HarmlessKeys = ["max_batch_size", "dropout"];

    /// <summary>Reads the file.</summary>
    /// <param name="path">The path of params.json.</param>
    /// <param name="vocabularySize">Taken where the file gives -1 or nothing, as Llama 2's does: the rows of the embedding or the
    /// tokenizer's size. Null where it is not known.</param>
    /// <param name="tiedEmbedding">True where the weights have no output matrix of their own; the file does not say.</param>
    /// <exception cref="PagedException">The file is missing or damaged, a value is out of range, or a key is not understood.</exception>
    public static LlamaConfig Read(string path, int? vocabularySize = null, bool tiedEmbedding = false) =>
        Read(JsonConfigFile.Read(path), vocabularySize, tiedEmbedding);

    /// <summary>Reads the same arguments from a checkpoint's own model_args.</summary>
    /// <param name="origin">What error messages call the arguments.</param>
    /// <param name="arguments">Text, whole numbers (long), fractions (double), bool, null.</param>
    /// <param name="vocabularySize">See <see cref="Read(string, int?, bool)"/>.</param>
    /// <param name="tiedEmbedding">See <see cref="Read(string, int?, bool)"/>.</param>
    /// <exception cref="PagedException">A value is out of range, or a key is not understood.</exception>
    public static LlamaConfig Read(
        string origin, IReadOnlyDictionary<string, object?> arguments, int? vocabularySize = null, bool tiedEmbedding = false) =>
        Read(new ConfigValues(origin, arguments), vocabularySize, tiedEmbedding);

    private static LlamaConfig Read(ConfigValues values, int? vocabularySize, bool tiedEmbedding)
    {
        int hiddenSize = values.Int("dim", 1, ConfigLimits.Hidden);
        int headCount = values.Int("n_heads", 1, ConfigLimits.Heads);
        double theta = values.OptionalPositive("rope_theta") ?? 10000;
        double epsilon = values.OptionalPositive("norm_eps") ?? 1e-5;
        RopeScaling? scaling = ReadRopeScaling(values, hiddenSize);
        var config = new LlamaConfig
        {
            HiddenSize = hiddenSize,
            IntermediateSize = ReadIntermediateSize(values, hiddenSize),
            LayerCount = values.Int("n_layers", 1, ConfigLimits.Layers),
            HeadCount = headCount,
            KeyValueHeadCount = values.OptionalInt("n_kv_heads", 1, ConfigLimits.Heads) ?? headCount,
            HeadDim = values.OptionalInt("head_dim", 2, ConfigLimits.HeadDim)
                ?? ConfigLimits.DivideIntoHeads(values, "n_heads", headCount, "dim", hiddenSize),
            VocabularySize = ReadVocabularySize(values, vocabularySize),
            MaxPositions = values.OptionalInt("max_seq_len", 1, ConfigLimits.Positions) ?? DefaultMaxPositions(theta, epsilon, scaling),
            RmsNormEpsilon = (float)epsilon,
            RopeTheta = theta,
            RopeScaling = scaling,
            TiedEmbedding = tiedEmbedding,
        };
        values.RefuseUnknownKeys(HarmlessKeys);
        return ConfigLimits.Check(config, values.Origin);
    }

    // Two thirds of four times the width, stretched, then rounded up to a multiple (FeedForward in Meta's model.py).
    private static int ReadIntermediateSize(ConfigValues values, int hiddenSize)
    {
        int multipleOf = values.OptionalInt("multiple_of", 1, ConfigLimits.Intermediate) ?? 256;
        double stretch = values.OptionalPositive("ffn_dim_multiplier") ?? 1;
        if (values.OptionalInt("hidden_dim", 1, ConfigLimits.Intermediate) is int given)
            return given;
        double width = Math.Floor(stretch * (8L * hiddenSize / 3));
        double rounded = Math.Ceiling(width / multipleOf) * multipleOf;
        if (rounded is < 1 or > ConfigLimits.Intermediate)
        {
            throw new PagedException($"{values.Origin} gives, by 'multiple_of' and 'ffn_dim_multiplier', a feed-forward width of "
                + $"{rounded}, expected 1 to {ConfigLimits.Intermediate}.");
        }

        return (int)rounded;
    }

    private static int ReadVocabularySize(ConfigValues values, int? known)
    {
        int? given = values.OptionalInt("vocab_size", -1, ConfigLimits.Vocabulary);
        if (given is > 0)
            return given.Value;
        if (given == 0)
            throw values.Unexpected("vocab_size", 0L, "-1 or a whole number above 0");
        return known
            ?? throw new PagedException($"{values.Origin} leaves 'vocab_size' open, "
                + "and there are no weights or tokenizer to take it from.");
    }

    // Meta's files give no length; these are what the releases were trained for. Code Llama, Llama 3 and 2 are told apart by their angles,
    // Llama 1 by its epsilon.
    private static int DefaultMaxPositions(double theta, double epsilon, RopeScaling? scaling) =>
        scaling is not null ? 131072 : theta >= 1e6 ? 16384 : theta >= 5e5 ? 8192 : epsilon >= 1e-5 ? 4096 : 2048;

    // Llama 3.1 stretches by 8; the two small models of 3.2 by 32, and nothing in their files says so (llama-models, issue 241).
    private static Llama3RopeScaling? ReadRopeScaling(ConfigValues values, int hiddenSize)
    {
        double factor = values.OptionalPositive("rope_scaling_factor") ?? (hiddenSize < 4096 ? 32 : 8);
        double high = values.OptionalPositive("rope_high_freq_factor") ?? 4;
        return values.OptionalBool("use_scaled_rope") == true ? new Llama3RopeScaling(factor, 1, high, 8192) : null;
    }
}
