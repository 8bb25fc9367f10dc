namespace Paged.Ilgpu.Tests.Tokenization;

/// <summary>Texts of everything that tokenizers treat in a way of its own, in random order.</summary>
internal static class RandomTexts
{
    private static readonly string[] Parts =
    [
        "the", "The", "upon", "lily", "ing", "'s", "'LL", "don't", "a", "I", " ", "  ", "    ", "\n", "\n\n", "\r\n", "\t", "\u00a0", ".", ",", "!?", "...",
        "(", "</s>", "<|eot_id|>", "_", "#", "1", "12", "123", "1234567", "\u00b2", "\u0665", "é", "e\u0301", "größer", "ß", "Привет", "猫", "日本語", "안녕",
        "🦙", "👩‍👩‍👧", "𠮷", "𝓗", "𝟘", "\u200b", "\u2028", "\u0085", "\u0000", "\uFFFD", "<0x0A>", "\u2581", "Ġ",
    ];

    /// <summary>Any parts, one after another.</summary>
    public static IEnumerable<string> Of(int seed, int count) => Of(seed, count, Parts, "");

    /// <summary>Parts without white space, with one space between.</summary>
    public static IEnumerable<string> OfWords(int seed, int count) => Of(seed, count, [.. Parts.Where(part => !part.Any(char.IsWhiteSpace))], " ");

    private static IEnumerable<string> Of(int seed, int count, string[] parts, string between)
    {
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (int text = 0; text < count; text++)
            yield return string.Join(between, Enumerable.Range(0, random.Next(1, 12)).Select(_ => parts[random.Next(parts.Length)]));
    }
}
