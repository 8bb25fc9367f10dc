using System.Text.Json;

namespace Paged.Ilgpu.Cli.Input;

/// <summary>
/// Fields of the OpenAI API and of vLLM that ask for nothing: because they say nothing about an answer, or because the value that they
/// have is the one that changes nothing. Any other value is refused by name.
/// </summary>
internal static class Unsupported
{
    /// <summary>Those of every request.</summary>
    public static void Check(BodyFields fields)
    {
        fields.Ignore("user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "request_id");
        fields.AllowOnly("stream", IsFalse, "false");
        fields.AllowOnly("use_beam_search", IsFalse, "false");
        fields.AllowOnly("response_format", IsTextFormat, "{\"type\": \"text\"}");
    }

    /// <summary>Those of chats.</summary>
    public static void CheckChat(BodyFields fields)
    {
        fields.Ignore("parallel_tool_calls"); // without tools there are none
        fields.AllowOnly("tools", IsEmpty, "none");
        fields.AllowOnly("tool_choice", IsNoTool, "\"none\" or \"auto\"");
        fields.AllowOnly("modalities", IsTextOnly, "[\"text\"]");
        fields.AllowOnly("echo", IsFalse, "false");
        fields.AllowOnly("add_generation_prompt", value => value.ValueKind == JsonValueKind.True, "true");
        fields.AllowOnly("continue_final_message", IsFalse, "false");
    }

    /// <summary>Those of completions.</summary>
    public static void CheckCompletion(BodyFields fields)
    {
        fields.AllowOnly("echo", IsFalse, "false");
        fields.AllowOnly("suffix", value => value.ValueKind == JsonValueKind.String && value.ValueEquals(""), "\"\"");
        fields.AllowOnly("add_special_tokens", value => value.ValueKind == JsonValueKind.True, "true");
    }

    private static bool IsFalse(JsonElement value) => value.ValueKind == JsonValueKind.False;

    private static bool IsEmpty(JsonElement value) => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0;

    private static bool IsNoTool(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && (value.ValueEquals("none") || value.ValueEquals("auto"));

    private static bool IsTextOnly(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 1
            && value[0].ValueKind == JsonValueKind.String && value[0].ValueEquals("text");

    private static bool IsTextFormat(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty("type", out JsonElement type)
            && type.ValueKind == JsonValueKind.String && type.ValueEquals("text");
}
