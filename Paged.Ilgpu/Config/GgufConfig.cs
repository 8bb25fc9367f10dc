namespace Paged.Ilgpu.Config;

/// <summary>
/// Reads the configuration among a GGUF file's metadata (github.com/ggml-org/ggml, docs/gguf.md, "LLM"), of the architecture `llama`.
/// </summary>
internal sealed class GgufConfig(ConfigValues values)
{
    /// <summary>What the keys of the model begin with.</summary>
    public const string Prefix = "llama.";

    // How the file was made and what the metadata of the tokenizer repeat.
    private static readonly HashSet<string> HarmlessKeys = ["llama.tensor_data_layout", "llama.rope.scaling.finetuned"];

    /// <summary>The tokens that may end an answer: of a text, of a turn, of a message to a tool.</summary>
    public static IReadOnlyList<string> EndKeys { get; } =
        ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"];

    /// <summary>The token every prompt begins with.</summary>
    public const string BeginKey = "tokenizer.ggml.bos_token_id";

    /// <summary>Reads it.</summary>
    /// <param name="seen">What only the tensors say: rows of the embedding, whether it is the output matrix too, biases, divisors of the
    /// frequencies.</param>
    /// <exception cref="PagedException">A value is out of range, a key is not understood, or the model is of another architecture.</exception>
    public ConfigFile Read(GgufTensorFacts seen)
    {
        string architecture = values.OptionalText("general.architecture")
            ?? throw new PagedException($"{values.Origin} has no 'general.architecture', expected 'llama'.");
        if (architecture != "llama")
            throw values.Unexpected("general.architecture", architecture, "'llama', the only architecture supported");
        int hiddenSize = values.Int("llama.embedding_length", 1, ConfigLimits.Hidden);
        int headCount = values.Int("llama.attention.head_count", 1, ConfigLimits.Heads);
        int headDim = values.OptionalInt("llama.attention.key_length", 2, ConfigLimits.HeadDim)
            ?? ConfigLimits.DivideIntoHeads(values, "llama.attention.head_count", headCount, "llama.embedding_length", hiddenSize);
        values.AcceptOnly("llama.attention.value_length", (long)headDim);
        values.AcceptOnly("llama.rope.dimension_count", (long)headDim);
        values.AcceptOnly("llama.expert_count", 0L);
        values.AcceptOnly("llama.expert_used_count", 0L);
        values.AcceptOnly("llama.attention.causal", true);
        int maxPositions = values.Int("llama.context_length", 1, ConfigLimits.Positions);
        RopeScaling? scaling = ReadScaling(seen.FrequencyDivisors, maxPositions);
        var model = new LlamaConfig
        {
            HiddenSize = hiddenSize,
            IntermediateSize = values.Int("llama.feed_forward_length", 1, ConfigLimits.Intermediate),
            LayerCount = values.Int("llama.block_count", 1, ConfigLimits.Layers),
            HeadCount = headCount,
            KeyValueHeadCount = values.OptionalInt("llama.attention.head_count_kv", 1, ConfigLimits.Heads) ?? headCount,
            HeadDim = headDim,
            VocabularySize = values.OptionalInt("llama.vocab_size", 1, ConfigLimits.Vocabulary) ?? seen.VocabularySize
                ?? throw new PagedException($"{values.Origin} has neither 'llama.vocab_size' nor an embedding, expected one of them."),
            MaxPositions = StretchedPositions(scaling, maxPositions),
            RmsNormEpsilon = (float)(values.OptionalPositive("llama.attention.layer_norm_rms_epsilon")
                ?? throw new PagedException($"{values.Origin} has no 'llama.attention.layer_norm_rms_epsilon', which must be a number above 0.")),
            RopeTheta = values.OptionalPositive("llama.rope.freq_base") ?? 10_000,
            RopeScaling = scaling,
            TiedEmbedding = seen.TiedEmbedding,
            AttentionBias = seen.AttentionBias,
            FeedForwardBias = seen.FeedForwardBias,
        };
        int? begin = values.OptionalInt(BeginKey, 0, int.MaxValue);
        int[] end = [.. EndKeys.Select(key => values.OptionalInt(key, 0, int.MaxValue)).OfType<int>().Distinct()];
        values.RefuseUnknownKeys(HarmlessKeys);
        return new ConfigFile(ConfigLimits.Check(model, values.Origin), StoredType: null, begin, end);
    }

    private RopeScaling? ReadScaling(IReadOnlyList<double>? divisors, int maxPositions)
    {
        double? oldFactor = values.OptionalPositive("llama.rope.scale_linear"); // before the key below came to be
        string type = values.OptionalText("llama.rope.scaling.type") ?? (oldFactor is null or 1 ? "none" : "linear");
        double factor = values.OptionalPositive("llama.rope.scaling.factor") ?? oldFactor ?? 1;
        int original = values.OptionalInt("llama.rope.scaling.original_context_length", 1, ConfigLimits.Positions) ?? maxPositions;
        double attention = values.OptionalPositive("llama.rope.scaling.attn_factor") ?? 1;
        RopeScaling? scaling = type switch
        {
            "none" => null,
            "linear" => new LinearRopeScaling(factor),
            "yarn" => new YarnRopeScaling(
                factor,
                original,
                values.OptionalPositive("llama.rope.scaling.yarn_beta_fast") ?? 32,
                values.OptionalPositive("llama.rope.scaling.yarn_beta_slow") ?? 1,
                YarnRopeScaling.AttentionFactorFor(factor) * attention),
            _ => throw values.Unexpected("llama.rope.scaling.type", type, "'none', 'linear' or 'yarn'"),
        };
        if (divisors is null)
            return scaling;
        return scaling is null ? new DividedRopeScaling(divisors)
            : throw values.Unexpected("llama.rope.scaling.type", type, "nothing beside the tensor 'rope_freqs.weight', which scales too");
    }

    // As Hugging Face's form of the same model is read. Llama 3.1's length counts its scaling already.
    private static int StretchedPositions(RopeScaling? scaling, int maxPositions) => scaling switch
    {
        LinearRopeScaling linear => Times(maxPositions, linear.Factor),
        YarnRopeScaling yarn => Times(yarn.OriginalMaxPositions, yarn.Factor),
        _ => maxPositions,
    };

    private static int Times(int positions, double factor) => (int)Math.Clamp(Math.Round(positions * factor), 1, ConfigLimits.Positions);
}

/// <summary>What of a GGUF model's configuration only its tensors say.</summary>
/// <param name="VocabularySize">Rows of the embedding; null where there is none.</param>
/// <param name="TiedEmbedding">Whether there is no output matrix.</param>
/// <param name="AttentionBias">Whether attention's projections have biases.</param>
/// <param name="FeedForwardBias">Whether the feed-forward layer's have.</param>
/// <param name="FrequencyDivisors">What each pair's frequency is divided by, [headDim / 2]; null where there are none.</param>
internal sealed record GgufTensorFacts(
    int? VocabularySize, bool TiedEmbedding, bool AttentionBias, bool FeedForwardBias, IReadOnlyList<double>? FrequencyDivisors);
