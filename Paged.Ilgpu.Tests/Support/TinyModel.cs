using Paged.Ilgpu.Config;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>One small random model that tests write in every form a checkpoint comes in; its values are exact in every type.</summary>
internal static class TinyModel
{
    public const string ParamsJson =
        """{"dim": 12, "n_layers": 2, "n_heads": 3, "n_kv_heads": 1, "vocab_size": 9, "multiple_of": 5, "norm_eps": 1e-5, "max_seq_len": 2048}""";

    public const string ConfigJson =
        """
        {"model_type": "llama", "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 3, "num_key_value_heads": 1,
         "vocab_size": 9, "intermediate_size": 35, "rms_norm_eps": 1e-5, "max_position_embeddings": 2048}
        """;

    public static LlamaConfig Config { get; } = new()
    {
        HiddenSize = 12,
        IntermediateSize = 35,
        LayerCount = 2,
        HeadCount = 3,
        KeyValueHeadCount = 1,
        HeadDim = 4,
        VocabularySize = 9,
        MaxPositions = 2048,
        RmsNormEpsilon = 1e-5f,
        RopeTheta = 10000,
        TiedEmbedding = false,
    };

    /// <summary>The elements of a tensor by our name, row-major, as every form must give them.</summary>
    public static float[] Values(string name)
    {
        (_, int rows, int columns) = ExpectedTensors.Of(Config).Single(tensor => tensor.Name == name);
        using var weights = new RandomWeights(Config, seed: 1);
        return weights.GetTensor(name, rows, columns).ReadAll();
    }

    /// <summary>The tensors under Meta's names.</summary>
    public static List<TestTensor> MetaTensors(ElementType type) =>
        [.. ExpectedTensors.Of(Config).Select(tensor => Make(ToMeta(tensor.Name), type, tensor.Rows, tensor.Columns, Values(tensor.Name)))];

    /// <summary>The tensors under Hugging Face's names, rows of queries and keys half-split.</summary>
    public static List<TestTensor> HuggingFaceTensors(ElementType type) =>
        [.. from tensor in ExpectedTensors.Of(Config)
            let values = ToHalfSplit(tensor.Name, tensor.Columns, Values(tensor.Name))
            select Make(ToHuggingFace(tensor.Name), type, tensor.Rows, tensor.Columns, values)];

    /// <summary>Writes params.json and consolidated.00.pth.</summary>
    public static void WriteMeta(TestFolder folder, string below = "", ElementType type = ElementType.BFloat16)
    {
        folder.Write(Path.Combine(below, "params.json"), ParamsJson);
        folder.Write(Path.Combine(below, "consolidated.00.pth"), PthWriter.Write(MetaTensors(type)));
    }

    /// <summary>Writes config.json and model.safetensors.</summary>
    public static void WriteHuggingFace(TestFolder folder, string below = "", ElementType type = ElementType.BFloat16)
    {
        folder.Write(Path.Combine(below, "config.json"), ConfigJson);
        folder.Write(Path.Combine(below, "model.safetensors"), SafetensorsWriter.Write(HuggingFaceTensors(type)));
    }

    private static TestTensor Make(string name, ElementType type, int rows, int columns, float[] values) =>
        TestTensor.Of(name, type, name.Contains("norm", StringComparison.Ordinal) ? [columns] : [rows, columns], values);

    // Within a head: all even rows, then all odd ones.
    private static float[] ToHalfSplit(string name, int columns, float[] interleaved)
    {
        if (!name.EndsWith("query", StringComparison.Ordinal) && !name.EndsWith("key", StringComparison.Ordinal))
            return interleaved;
        IEnumerable<float[]> heads = interleaved.Chunk(columns).Chunk(Config.HeadDim)
            .SelectMany(head => head.Where((_, row) => row % 2 == 0).Concat(head.Where((_, row) => row % 2 == 1)));
        return [.. heads.SelectMany(row => row)];
    }

    internal static string ToMeta(string name) => Rename(name, new()
    {
        ["embedding"] = "tok_embeddings",
        ["final_norm"] = "norm",
        ["query"] = "attention.wq",
        ["key"] = "attention.wk",
        ["value"] = "attention.wv",
        ["attention_output"] = "attention.wo",
        ["feed_forward_norm"] = "ffn_norm",
        ["gate"] = "feed_forward.w1",
        ["down"] = "feed_forward.w2",
        ["up"] = "feed_forward.w3",
    });

    internal static string ToHuggingFace(string name) => name == WeightNames.Output ? "lm_head.weight" : "model." + Rename(name, new()
    {
        ["embedding"] = "embed_tokens",
        ["final_norm"] = "norm",
        ["attention_norm"] = "input_layernorm",
        ["query"] = "self_attn.q_proj",
        ["key"] = "self_attn.k_proj",
        ["value"] = "self_attn.v_proj",
        ["attention_output"] = "self_attn.o_proj",
        ["feed_forward_norm"] = "post_attention_layernorm",
        ["gate"] = "mlp.gate_proj",
        ["down"] = "mlp.down_proj",
        ["up"] = "mlp.up_proj",
    });

    // Changes the last part of the name where the table has another.
    private static string Rename(string name, Dictionary<string, string> names)
    {
        int last = name.LastIndexOf('.') + 1;
        return name[..last] + names.GetValueOrDefault(name[last..], name[last..]) + ".weight";
    }
}
