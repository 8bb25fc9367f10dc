namespace Paged.Ilgpu.Weights;

/// <summary>The project's own names of a Llama model's tensors. Every matrix is [out, in], as PyTorch stores a linear layer.</summary>
public static class WeightNames
{
    /// <summary>Token embedding, [vocabulary, hidden].</summary>
    public const string Embedding = "embedding";

    /// <summary>Weight of the last RMSNorm, [hidden].</summary>
    public const string FinalNorm = "final_norm";

    /// <summary>Output matrix, [vocabulary, hidden]; absent where it is tied to the embedding.</summary>
    public const string Output = "output";

    /// <summary>Weight of the RMSNorm before attention, [hidden].</summary>
    public static string AttentionNorm(int layer) => $"layers.{layer}.attention_norm";

    /// <summary>Query projection, [head × headDim, hidden], rows of a head in interleaved RoPE order.</summary>
    public static string Query(int layer) => $"layers.{layer}.query";

    /// <summary>Key projection, [kvHead × headDim, hidden], rows of a head in interleaved RoPE order.</summary>
    public static string Key(int layer) => $"layers.{layer}.key";

    /// <summary>Value projection, [kvHead × headDim, hidden].</summary>
    public static string Value(int layer) => $"layers.{layer}.value";

    /// <summary>Projection of the attention's result, [hidden, head × headDim].</summary>
    public static string AttentionOutput(int layer) => $"layers.{layer}.attention_output";

    /// <summary>Weight of the RMSNorm before the feed-forward layer, [hidden].</summary>
    public static string FeedForwardNorm(int layer) => $"layers.{layer}.feed_forward_norm";

    /// <summary>Gate projection, [intermediate, hidden].</summary>
    public static string Gate(int layer) => $"layers.{layer}.gate";

    /// <summary>Up projection, [intermediate, hidden].</summary>
    public static string Up(int layer) => $"layers.{layer}.up";

    /// <summary>Down projection, [hidden, intermediate].</summary>
    public static string Down(int layer) => $"layers.{layer}.down";

    /// <summary>The bias of a linear layer, one element a row of its matrix: [out, 1], in the order of the matrix's rows.</summary>
    /// <param name="matrix">The matrix's name.</param>
    public static string BiasOf(string matrix) => matrix + BiasEnding;

    /// <summary>What the names of biases end in.</summary>
    internal const string BiasEnding = ".bias";
}
