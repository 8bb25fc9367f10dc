namespace Paged.Ilgpu.Config;

/// <summary>
/// Reads Hugging Face's config.json of a LlamaForCausalLM, or of a MistralForCausalLM whose attention is not cut by a window: the same
/// arithmetic. Defaults are those of transformers' LlamaConfig and MistralConfig (huggingface.co/docs/transformers/model_doc/llama).
/// </summary>
public static class HuggingFaceConfigJson
{
    // Known to leave the arithmetic of a forward pass alone: training, book-keeping, how the reference implementation runs.
    private static readonly HashSet<string> HarmlessKeys =
    [
        "_attn_implementation", "_attn_implementation_autoset", "_name_or_path", "attention_dropout", "attn_implementation",
        "gradient_checkpointing", "id2label", "initializer_range", "is_llama_config", "label2id", "output_attentions",
        "output_hidden_states", "pad_token_id", "pretraining_tp", "return_dict", "torchscript", "transformers.js_config",
        "transformers_version", "unsloth_fixed", "unsloth_version", "use_cache",
    ];

    /// <summary>Reads the file.</summary>
    /// <param name="path">The path of config.json.</param>
    /// <exception cref="PagedException">The file is missing or damaged, a value is out of range, a key is not understood, or the model
    /// is of a kind that is not supported.</exception>
    public static ConfigFile Read(string path)
    {
        ConfigValues values = JsonConfigFile.Read(path);
        bool isMistral = IsMistral(values);
        int hiddenSize = values.Int("hidden_size", 1, ConfigLimits.Hidden);
        int headCount = values.Int("num_attention_heads", 1, ConfigLimits.Heads);
        int maxPositions = values.OptionalInt("max_position_embeddings", 1, ConfigLimits.Positions) ?? (isMistral ? 131_072 : 2048);
        var rope = new HuggingFaceRope(values, maxPositions);
        (double theta, RopeScaling? scaling) = rope.Read();
        var config = new LlamaConfig
        {
            HiddenSize = hiddenSize,
            IntermediateSize = values.Int("intermediate_size", 1, ConfigLimits.Intermediate),
            LayerCount = values.Int("num_hidden_layers", 1, ConfigLimits.Layers),
            HeadCount = headCount,
            KeyValueHeadCount = values.OptionalInt("num_key_value_heads", 1, ConfigLimits.Heads)
                ?? (isMistral ? Math.Min(8, headCount) : headCount),
            HeadDim = values.OptionalInt("head_dim", 2, ConfigLimits.HeadDim)
                ?? ConfigLimits.DivideIntoHeads(values, "num_attention_heads", headCount, "hidden_size", hiddenSize),
            VocabularySize = values.Int("vocab_size", 1, ConfigLimits.Vocabulary),
            MaxPositions = rope.StretchedMaxPositions(scaling),
            RmsNormEpsilon = (float)(values.OptionalPositive("rms_norm_eps") ?? 1e-6),
            RopeTheta = theta,
            RopeScaling = scaling,
            TiedEmbedding = values.OptionalBool("tie_word_embeddings") ?? false,
            AttentionBias = values.OptionalBool("attention_bias") ?? false,
            FeedForwardBias = values.OptionalBool("mlp_bias") ?? false,
        };
        RefuseSlidingWindow(values, isMistral, config.MaxPositions);
        ElementType? storedType = ReadStoredType(values);
        IReadOnlyList<int> begin = values.TokenIds("bos_token_id");
        IReadOnlyList<int> end = values.TokenIds("eos_token_id");
        values.RefuseUnknownKeys(HarmlessKeys);
        return new ConfigFile(ConfigLimits.Check(config, path), storedType, begin.Count > 0 ? begin[0] : null, end);
    }

    private static bool IsMistral(ConfigValues values)
    {
        IReadOnlyList<string> architectures = values.Texts("architectures");
        bool isMistral = architectures.Contains("MistralForCausalLM");
        if (architectures.Count > 0 && !isMistral && !architectures.Contains("LlamaForCausalLM"))
            throw values.Unexpected("architectures", architectures[0], "'LlamaForCausalLM' or 'MistralForCausalLM', the architectures supported");
        values.AcceptOnly("model_type", isMistral ? "mistral" : "llama");
        values.AcceptOnly("hidden_act", "silu");
        values.AcceptOnly("rope_interleaved", false);
        return isMistral;
    }

    // A window as long as the longest text cuts nothing off. transformers' Mistral has one of 4096 unless the file says otherwise.
    private static void RefuseSlidingWindow(ConfigValues values, bool isMistral, int maxPositions)
    {
        bool? isUsed = values.OptionalBool("use_sliding_window");
        int? window = values.OptionalInt("sliding_window", 0, int.MaxValue) ?? (isMistral && !values.Has("sliding_window") ? 4096 : null);
        if (isUsed != false && window < maxPositions)
        {
            throw values.Unexpected(
                "sliding_window",
                (long)window.Value,
                $"at least the model's {maxPositions} positions, or null: attention within a sliding window is not supported");
        }
    }

    // torch_dtype was renamed to dtype in transformers 4.56; both may stand in one file.
    private static ElementType? ReadStoredType(ConfigValues values)
    {
        string? old = values.OptionalText("torch_dtype");
        string? name = values.OptionalText("dtype") ?? old;
        return name switch
        {
            null => null,
            "float32" => ElementType.Float32,
            "bfloat16" => ElementType.BFloat16,
            "float16" => ElementType.Float16,
            _ => throw values.Unexpected("torch_dtype", name, "'float32', 'bfloat16' or 'float16'"),
        };
    }
}
