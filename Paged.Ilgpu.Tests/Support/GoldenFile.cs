using System.Text.Json;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>One line of golden_greedy.jsonl: what llama2.c's reference answers to a prompt, greedily, in float32.</summary>
/// <param name="Prompt">The prompt's text; empty for BOS alone.</param>
/// <param name="PromptTokens">Its ids, BOS first.</param>
/// <param name="GreedyTokens">The ids that follow.</param>
/// <param name="LogitsAfterPromptFirst16">The logits of ids 0 to 15 after the prompt's last token.</param>
internal sealed record GoldenLine(string Prompt, int[] PromptTokens, int[] GreedyTokens, float[] LogitsAfterPromptFirst16)
{
    public override string ToString() => $"\"{Prompt}\"";
}

/// <summary>Reads the golden answers of stories260K.</summary>
internal static class GoldenFile
{
    private static readonly JsonSerializerOptions Snake = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>All lines; the calling test is skipped where the file is absent.</summary>
    public static IReadOnlyList<GoldenLine> Read() =>
        [.. File.ReadLines(SharedData.Path("stories260K/golden_greedy.jsonl"))
            .Select(line => JsonSerializer.Deserialize<GoldenLine>(line, Snake)!)];
}
