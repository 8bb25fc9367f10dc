using System.Globalization;
using Paged.Ilgpu.Weights.Gguf;

namespace Paged.Ilgpu.Weights;

/// <summary>The order in which a file keeps the rows of one head's query or key projection.</summary>
internal enum RopeRowOrder
{
    /// <summary>The two elements of a rotated pair are neighbours: Meta's order, and ours.</summary>
    Interleaved,

    /// <summary>All first elements of the pairs come before all second ones: Hugging Face's order.</summary>
    HalfSplit,
}

/// <summary>
/// Translates the tensor names of Meta's, Hugging Face's and llama.cpp's checkpoints into ours, those of <see cref="WeightNames"/>.
/// </summary>
internal static class CheckpointNames
{
    private static readonly Dictionary<string, string> Whole = new()
    {
        ["tok_embeddings.weight"] = WeightNames.Embedding,
        ["norm.weight"] = WeightNames.FinalNorm,
        ["output.weight"] = WeightNames.Output,
        ["model.embed_tokens.weight"] = WeightNames.Embedding,
        ["model.norm.weight"] = WeightNames.FinalNorm,
        ["lm_head.weight"] = WeightNames.Output,
        ["token_embd.weight"] = WeightNames.Embedding,
        ["output_norm.weight"] = WeightNames.FinalNorm,
    };

    private static readonly Dictionary<string, Func<int, string>> MetaLayer = new()
    {
        ["attention_norm.weight"] = WeightNames.AttentionNorm,
        ["attention.wq.weight"] = WeightNames.Query,
        ["attention.wk.weight"] = WeightNames.Key,
        ["attention.wv.weight"] = WeightNames.Value,
        ["attention.wo.weight"] = WeightNames.AttentionOutput,
        ["ffn_norm.weight"] = WeightNames.FeedForwardNorm,
        ["feed_forward.w1.weight"] = WeightNames.Gate,
        ["feed_forward.w2.weight"] = WeightNames.Down,
        ["feed_forward.w3.weight"] = WeightNames.Up,
    };

    private static readonly Dictionary<string, Func<int, string>> HuggingFaceLayer = new()
    {
        ["input_layernorm.weight"] = WeightNames.AttentionNorm,
        ["self_attn.q_proj.weight"] = WeightNames.Query,
        ["self_attn.k_proj.weight"] = WeightNames.Key,
        ["self_attn.v_proj.weight"] = WeightNames.Value,
        ["self_attn.o_proj.weight"] = WeightNames.AttentionOutput,
        ["post_attention_layernorm.weight"] = WeightNames.FeedForwardNorm,
        ["mlp.gate_proj.weight"] = WeightNames.Gate,
        ["mlp.down_proj.weight"] = WeightNames.Down,
        ["mlp.up_proj.weight"] = WeightNames.Up,
        ["self_attn.q_proj.bias"] = layer => WeightNames.BiasOf(WeightNames.Query(layer)),
        ["self_attn.k_proj.bias"] = layer => WeightNames.BiasOf(WeightNames.Key(layer)),
        ["self_attn.v_proj.bias"] = layer => WeightNames.BiasOf(WeightNames.Value(layer)),
        ["self_attn.o_proj.bias"] = layer => WeightNames.BiasOf(WeightNames.AttentionOutput(layer)),
        ["mlp.gate_proj.bias"] = layer => WeightNames.BiasOf(WeightNames.Gate(layer)),
        ["mlp.down_proj.bias"] = layer => WeightNames.BiasOf(WeightNames.Down(layer)),
        ["mlp.up_proj.bias"] = layer => WeightNames.BiasOf(WeightNames.Up(layer)),
    };

    // llama.cpp's, whose converter has put rows of queries and keys into interleaved order.
    private static readonly Dictionary<string, Func<int, string>> GgufLayer = new()
    {
        ["attn_norm.weight"] = WeightNames.AttentionNorm,
        ["attn_q.weight"] = WeightNames.Query,
        ["attn_k.weight"] = WeightNames.Key,
        ["attn_v.weight"] = WeightNames.Value,
        ["attn_output.weight"] = WeightNames.AttentionOutput,
        ["ffn_norm.weight"] = WeightNames.FeedForwardNorm,
        ["ffn_gate.weight"] = WeightNames.Gate,
        ["ffn_up.weight"] = WeightNames.Up,
        ["ffn_down.weight"] = WeightNames.Down,
        ["attn_q.bias"] = layer => WeightNames.BiasOf(WeightNames.Query(layer)),
        ["attn_k.bias"] = layer => WeightNames.BiasOf(WeightNames.Key(layer)),
        ["attn_v.bias"] = layer => WeightNames.BiasOf(WeightNames.Value(layer)),
        ["attn_output.bias"] = layer => WeightNames.BiasOf(WeightNames.AttentionOutput(layer)),
        ["ffn_gate.bias"] = layer => WeightNames.BiasOf(WeightNames.Gate(layer)),
        ["ffn_up.bias"] = layer => WeightNames.BiasOf(WeightNames.Up(layer)),
        ["ffn_down.bias"] = layer => WeightNames.BiasOf(WeightNames.Down(layer)),
    };

    // Computed from the configuration here; some programs keep them beside the weights. Of a GGUF file rope_freqs is read into it.
    private static readonly string[] IgnoredEndings =
        ["attention.mask", "rope.freqs", "freqs_cis", "freqs_cos", "freqs_sin", "rotary_emb.inv_freq", GgufModel.FrequencyDivisors];

    /// <summary>True for a tensor that holds no weights.</summary>
    public static bool IsIgnored(string fileName) =>
        IgnoredEndings.Any(ending => fileName == ending || fileName.EndsWith($".{ending}", StringComparison.Ordinal));

    /// <summary>Our name of a file's tensor and the order of its RoPE rows; false where the name is no Llama weight's.</summary>
    public static bool TryTranslate(string fileName, out string name, out RopeRowOrder order)
    {
        const string huggingFacePrefix = "model.";
        bool huggingFace = fileName.StartsWith(huggingFacePrefix, StringComparison.Ordinal);
        order = huggingFace ? RopeRowOrder.HalfSplit : RopeRowOrder.Interleaved;
        if (Whole.TryGetValue(fileName, out name!))
            return true;
        return huggingFace
            ? TryTranslateLayer(fileName[huggingFacePrefix.Length..], "layers", HuggingFaceLayer, out name)
            : TryTranslateLayer(fileName, "layers", MetaLayer, out name) || TryTranslateLayer(fileName, "blk", GgufLayer, out name);
    }

    // <prefix>.<number>.<rest>
    private static bool TryTranslateLayer(string fileName, string prefix, Dictionary<string, Func<int, string>> names, out string name)
    {
        name = string.Empty;
        string[] parts = fileName.Split('.', 3);
        if (parts.Length < 3 || parts[0] != prefix || !names.TryGetValue(parts[2], out Func<int, string>? translate))
            return false;
        if (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int layer))
            return false;
        name = translate(layer);
        return true;
    }
}
