namespace Paged.Ilgpu.Weights.Gguf;

/// <summary>The element types of GGUF tensors, by the numbers that the format gives them (`ggml_type` in ggml's docs/gguf.md).</summary>
internal static class GgufTensorType
{
    private static readonly Dictionary<uint, ElementEncoding> Readable = new()
    {
        [0] = PlainEncoding.Float32,
        [1] = PlainEncoding.Float16,
        [2] = new Q4_0Encoding(),
        [8] = new Q8_0Encoding(),
        [12] = new Q4_KEncoding(),
        [14] = new Q6_KEncoding(),
        [30] = PlainEncoding.BFloat16,
    };

    private static readonly Dictionary<uint, string> Names = new()
    {
        [0] = "F32", [1] = "F16", [2] = "Q4_0", [3] = "Q4_1", [6] = "Q5_0", [7] = "Q5_1", [8] = "Q8_0", [9] = "Q8_1", [10] = "Q2_K",
        [11] = "Q3_K", [12] = "Q4_K", [13] = "Q5_K", [14] = "Q6_K", [15] = "Q8_K", [16] = "IQ2_XXS", [17] = "IQ2_XS", [18] = "IQ3_XXS",
        [19] = "IQ1_S", [20] = "IQ4_NL", [21] = "IQ3_S", [22] = "IQ2_S", [23] = "IQ4_XS", [24] = "I8", [25] = "I16", [26] = "I32",
        [27] = "I64", [28] = "F64", [29] = "IQ1_M", [30] = "BF16", [34] = "TQ1_0", [35] = "TQ2_0", [39] = "MXFP4",
    };

    /// <summary>The format's name of the type.</summary>
    public static string NameOf(uint type) => Names.TryGetValue(type, out string? name) ? name : $"number {type}";

    /// <summary>How such elements are kept; null for a type that this program cannot read.</summary>
    public static ElementEncoding? EncodingOf(uint type) => Readable.GetValueOrDefault(type);
}
