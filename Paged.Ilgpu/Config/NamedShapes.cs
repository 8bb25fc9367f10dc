using System.Diagnostics.CodeAnalysis;

namespace Paged.Ilgpu.Config;

/// <summary>The shapes of well-known releases, for whoever has no checkpoint at hand; as their own configurations give them.</summary>
public static class NamedShapes
{
    private const int Llama3Vocabulary = 128_256;

    // Hidden size, feed-forward width, layers, query heads, key and value heads, positions.
    private static readonly Dictionary<string, LlamaConfig> Shapes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["llama-125m"] = Shape(768, 2048, 12, 12, 4, 2048) with { VocabularySize = 32_000, RopeTheta = 10_000 }, // no release: for measurements
        ["llama-2-7b"] = Llama2(4096, 11_008, 32, 32, 32),
        ["llama-2-13b"] = Llama2(5120, 13_824, 40, 40, 40),
        ["llama-2-70b"] = Llama2(8192, 28_672, 80, 64, 8),
        ["llama-3-8b"] = Shape(4096, 14_336, 32, 32, 8, 8192),
        ["llama-3-70b"] = Shape(8192, 28_672, 80, 64, 8, 8192),
        ["llama-3.1-8b"] = Shape(4096, 14_336, 32, 32, 8, 131_072) with { RopeScaling = Stretched(8) },
        ["llama-3.1-70b"] = Shape(8192, 28_672, 80, 64, 8, 131_072) with { RopeScaling = Stretched(8) },
        ["llama-3.1-405b"] = Shape(16_384, 53_248, 126, 128, 8, 131_072) with { RopeScaling = Stretched(8) },
        ["llama-3.2-1b"] = Shape(2048, 8192, 16, 32, 8, 131_072) with { RopeScaling = Stretched(32), TiedEmbedding = true },
        ["llama-3.2-3b"] = Shape(3072, 8192, 28, 24, 8, 131_072) with { RopeScaling = Stretched(32), TiedEmbedding = true },
        ["tinyllama-1.1b"] = Llama2(2048, 5632, 22, 32, 4) with { MaxPositions = 2048 },
        ["smollm2-135m"] = SmolLm2(576, 1536, 30, 9, 3),
        ["smollm2-360m"] = SmolLm2(960, 2560, 32, 15, 5),
        ["smollm2-1.7b"] = SmolLm2(2048, 8192, 24, 32, 32) with { RopeTheta = 130_000 },
    };

    /// <summary>All names.</summary>
    public static IReadOnlyCollection<string> Names => Shapes.Keys;

    /// <summary>Finds a shape, whatever the case of its name.</summary>
    /// <returns>False where there is none of that name.</returns>
    public static bool TryFind(string name, [NotNullWhen(true)] out LlamaConfig? shape) => Shapes.TryGetValue(name, out shape);

    private static LlamaConfig Shape(int hidden, int intermediate, int layers, int heads, int keyValueHeads, int positions) => new()
    {
        HiddenSize = hidden,
        IntermediateSize = intermediate,
        LayerCount = layers,
        HeadCount = heads,
        KeyValueHeadCount = keyValueHeads,
        HeadDim = hidden / heads,
        VocabularySize = Llama3Vocabulary,
        MaxPositions = positions,
        RmsNormEpsilon = 1e-5f,
        RopeTheta = 500_000,
        TiedEmbedding = false,
    };

    private static LlamaConfig Llama2(int hidden, int intermediate, int layers, int heads, int keyValueHeads) =>
        Shape(hidden, intermediate, layers, heads, keyValueHeads, 4096) with { VocabularySize = 32_000, RopeTheta = 10_000 };

    private static LlamaConfig SmolLm2(int hidden, int intermediate, int layers, int heads, int keyValueHeads) =>
        Shape(hidden, intermediate, layers, heads, keyValueHeads, 8192) with
        {
            VocabularySize = 49_152,
            RopeTheta = 100_000,
            TiedEmbedding = true,
        };

    private static Llama3RopeScaling Stretched(double factor) => new(factor, LowFrequencyFactor: 1, HighFrequencyFactor: 4, OriginalMaxPositions: 8192);
}
