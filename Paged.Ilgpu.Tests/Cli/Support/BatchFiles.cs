using System.Text.Json;
using System.Text.Json.Nodes;

namespace Paged.Ilgpu.Tests.Cli.Support;

/// <summary>Lines of batch input, and what is found in those of the output.</summary>
internal static class BatchFiles
{
    public const string Chat = "/v1/chat/completions";
    public const string Completions = "/v1/completions";

    public static string Line<T>(string customId, string url, T body) =>
        JsonSerializer.Serialize(new { custom_id = customId, method = "POST", url, body });

    public static JsonElement[] ReadLines(string path) => [.. File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement)];

    public static string? CustomId(this JsonElement line) => line.GetProperty("custom_id").GetString();

    public static int StatusCode(this JsonElement line) => line.GetProperty("response").GetProperty("status_code").GetInt32();

    public static JsonElement Body(this JsonElement line) => line.GetProperty("response").GetProperty("body");

    public static string[] Texts(this JsonElement line) =>
        [.. line.Body().GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("text").GetString()!)];

    public static JsonElement Usage(this JsonElement line) => line.Body().GetProperty("usage");

    public static string? ErrorCode(this JsonElement line) =>
        line.GetProperty("error") is { ValueKind: JsonValueKind.Object } error ? error.GetProperty("code").GetString() : null;

    /// <summary>A line without the time of its run, and so the same in every run.</summary>
    public static string WithoutTime(string line)
    {
        JsonNode parsed = JsonNode.Parse(line)!;
        (parsed["response"]?["body"] as JsonObject)?.Remove("created");
        return parsed.ToJsonString();
    }
}
