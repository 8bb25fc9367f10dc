using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>A pinned greedy answer: what the trained model of a reference gives to a prompt.</summary>
/// <param name="Prompt">The prompt's text; empty for BOS alone.</param>
/// <param name="PromptTokens">Its ids, BOS first.</param>
/// <param name="GreedyTokens">The ids that follow.</param>
/// <param name="LogitsAfterPromptFirst16">The logits of ids 0 to 15 after the prompt's last token, in float32.</param>
/// <param name="Answer">The text of the ids that follow, where it is pinned, too.</param>
internal sealed record GoldenLine(string Prompt, int[] PromptTokens, int[] GreedyTokens, float[] LogitsAfterPromptFirst16, string? Answer = null)
{
    public override string ToString() => $"\"{Prompt}\"";
}

/// <summary>Files of pinned answers, one JSON object a line.</summary>
internal static class GoldenFile
{
    private static readonly JsonSerializerOptions Snake = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>What llama2.c's reference answers with stories260K in float32; the calling test is skipped where that file is absent.</summary>
    public static IReadOnlyList<GoldenLine> Read() => Read(SharedData.Path("stories260K/golden_greedy.jsonl"));

    public static IReadOnlyList<GoldenLine> Read(string path) =>
        [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<GoldenLine>(line, Snake)!)];

    public static void Write(string path, IEnumerable<GoldenLine> lines) =>
        File.WriteAllText(path, string.Concat(lines.Select(line => JsonSerializer.Serialize(line, Snake) + "\n")));
}
