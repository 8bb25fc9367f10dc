using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Tests.Support;

/// <summary><see cref="SmallModel"/> as llama.cpp's converter writes it: rows of queries and keys interleaved, norms in float32.</summary>
internal static class SmallGguf
{
    private static readonly Dictionary<string, string> Names = new()
    {
        ["embedding"] = "token_embd",
        ["final_norm"] = "output_norm",
        ["attention_norm"] = "attn_norm",
        ["query"] = "attn_q",
        ["key"] = "attn_k",
        ["value"] = "attn_v",
        ["attention_output"] = "attn_output",
        ["feed_forward_norm"] = "ffn_norm",
        ["gate"] = "ffn_gate",
        ["up"] = "ffn_up",
        ["down"] = "ffn_down",
    };

    /// <summary>Whole numbers of a type that is not quantized.</summary>
    public static uint NumberOf(ElementType type) => type switch { ElementType.Float32 => 0, ElementType.Float16 => 1, _ => 30 };

    /// <summary>The model's metadata, after those that are there.</summary>
    public static GgufWriter Metadata(GgufWriter? writer = null) => Metadata(writer ?? new GgufWriter(), SmallModel.Config);

    /// <summary>The metadata of a model, after those that are there.</summary>
    public static GgufWriter Metadata(GgufWriter writer, LlamaConfig config) => Model(writer, config)
        .Texts("tokenizer.ggml.tokens", "<s>", "a", "é").Floats("tokenizer.ggml.scores", 0, -1.5f, -2)
        .Ints("tokenizer.ggml.token_type", 3, 1, 1)
        .UInt32("tokenizer.ggml.bos_token_id", 1).UInt32("tokenizer.ggml.eos_token_id", 2);

    /// <summary>The shape of a model, without a tokenizer.</summary>
    public static GgufWriter Model(GgufWriter writer, LlamaConfig config) => writer
        .Text("general.architecture", "llama").Text("general.name", "small")
        .UInt32("llama.context_length", (uint)config.MaxPositions).UInt32("llama.embedding_length", (uint)config.HiddenSize)
        .UInt32("llama.block_count", (uint)config.LayerCount).UInt32("llama.feed_forward_length", (uint)config.IntermediateSize)
        .UInt32("llama.rope.dimension_count", (uint)config.HeadDim).UInt32("llama.attention.head_count", (uint)config.HeadCount)
        .UInt32("llama.attention.head_count_kv", (uint)config.KeyValueHeadCount)
        .Float32("llama.attention.layer_norm_rms_epsilon", 1e-5f).Float32("llama.rope.freq_base", 10_000);

    /// <summary>The model's tensors.</summary>
    public static IEnumerable<TestTensor> Tensors(ElementType type) =>
        from tensor in SmallModel.Tensors
        let stored = tensor.Rows == 1 ? ElementType.Float32 : type
        select SmallModel.Make(Rename(tensor.Name), stored, tensor.Rows, tensor.Columns, SmallModel.Values(tensor.Name));

    /// <summary>Metadata and tensors.</summary>
    public static GgufWriter Write(ElementType type, GgufWriter? metadata = null)
    {
        GgufWriter writer = Metadata(metadata);
        foreach (TestTensor tensor in Tensors(type))
            writer.Tensor(tensor.Name, NumberOf(tensor.Type), tensor.Shape, tensor.Data);
        return writer;
    }

    /// <summary>The same with every matrix in random blocks.</summary>
    /// <returns>The file, and the model's weights as the blocks' elements.</returns>
    public static (byte[] File, ArrayWeights Weights) WriteQuantized(QuantizedBlocks blocks, int seed)
    {
        var random = new Random(seed);
        var weights = new ArrayWeights(ElementType.Float32);
        GgufWriter writer = Metadata();
        foreach ((string name, int rows, int columns) in SmallModel.Tensors)
        {
            if (rows == 1)
            {
                float[] norm = RandomLlama.Uniform(random, columns, center: 1, spread: 0.25);
                writer.Tensor(Rename(name), 0, [columns], TestTensor.Narrow(ElementType.Float32, norm));
                weights.Add(name, rows, columns, norm);
                continue;
            }

            byte[] data = blocks.Random(random, rows * columns);
            writer.Tensor(Rename(name), blocks.Number, [rows, columns], data);
            weights.Add(name, rows, columns, blocks.Widen(data));
        }

        return (writer.Finish(), weights);
    }

    /// <summary>llama.cpp's name for ours, layers.&lt;n&gt;.&lt;what&gt; or &lt;what&gt;.</summary>
    public static string Rename(string name)
    {
        string[] parts = name.Split('.');
        string last = Names.GetValueOrDefault(parts[^1], parts[^1]) + ".weight";
        return parts.Length == 1 ? last : $"blk.{parts[1]}.{last}";
    }
}
