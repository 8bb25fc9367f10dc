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

    // By number; what is empty was taken back.
    private static readonly string[] Names =
    [
        "F32", "F16", "Q4_0", "Q4_1", "", "", "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "Q8_K",
        "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S", "IQ2_S", "IQ4_XS", "I8", "I16", "I32", "I64", "F64", "IQ1_M", "BF16",
        "", "", "", "TQ1_0", "TQ2_0", "", "", "", "MXFP4",
    ];

    /// <summary>The format's name of the type.</summary>
    public static string NameOf(uint type) => type < Names.Length && Names[type].Length > 0 ? Names[type] : $"number {type}";

    /// <summary>How such elements are kept; null for a type that this program cannot read.</summary>
    public static ElementEncoding? EncodingOf(uint type) => Readable.GetValueOrDefault(type);
}
