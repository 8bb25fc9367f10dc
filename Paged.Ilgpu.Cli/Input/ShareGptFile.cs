using System.Text.Json;

namespace Paged.Ilgpu.Cli.Input;

/// <summary>
/// A ShareGPT file: an array of conversations, each with its turns. The first turn is the prompt, whoever speaks it, and the second
/// the recorded answer; a conversation without turns is skipped. A conversation may have a "priority", a whole number.
/// </summary>
internal static class ShareGptFile
{
    private const string Expected = "expected is a ShareGPT array of {\"conversations\": [{\"from\": …, \"value\": …}, …]}";

    /// <exception cref="PagedException">The file is not JSON, or not of this shape.</exception>
    public static IReadOnlyList<PromptRequest> Parse(ReadOnlyMemory<byte> utf8, string path)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8);
            return ReadConversations(document.RootElement, path);
        }
        catch (JsonException fault)
        {
            string place = $"line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}";
            string reason = fault.Message.Split(" LineNumber:")[0].TrimEnd('.'); // the rest repeats the position
            throw new PagedException($"The prompt file {path} is not JSON at {place} ({reason}); {Expected}.", fault);
        }
    }

    private static List<PromptRequest> ReadConversations(JsonElement root, string path)
    {
        Require(root, JsonValueKind.Array, path, "the whole file");
        var prompts = new List<PromptRequest>();
        int position = 0;
        foreach (JsonElement conversation in root.EnumerateArray())
        {
            string place = $"element {position++}";
            Require(conversation, JsonValueKind.Object, path, place);
            JsonElement turns = RequireMember(conversation, "conversations", JsonValueKind.Array, path, place);
            int turnCount = turns.GetArrayLength();
            if (turnCount == 0)
                continue;
            string? answer = turnCount > 1 ? ReadTurn(turns[1], path, $"{place}, turn 1") : null;
            int priority = ReadPriority(conversation, path, place);
            prompts.Add(new PromptRequest(prompts.Count, ReadTurn(turns[0], path, $"{place}, turn 0"), answer, priority));
        }

        return prompts;
    }

    private static int ReadPriority(JsonElement conversation, string path, string place)
    {
        if (!conversation.TryGetProperty("priority", out JsonElement priority))
            return 0;
        if (priority.ValueKind == JsonValueKind.Number && priority.TryGetInt32(out int value))
            return value;
        throw new PagedException(
            $"The prompt file {path} has the priority {FoundValue.Short(priority)} in {place}; expected is a whole number, lower for what goes first.");
    }

    private static string ReadTurn(JsonElement turn, string path, string place)
    {
        Require(turn, JsonValueKind.Object, path, place);
        JsonElement value = RequireMember(turn, "value", JsonValueKind.String, path, place);
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException fault)
        {
            throw new PagedException($"The prompt file {path} has half a surrogate pair (\\uD800 to \\uDFFF) in {place}; expected is text.", fault);
        }
    }

    private static JsonElement RequireMember(JsonElement element, string name, JsonValueKind kind, string path, string place)
    {
        if (!element.TryGetProperty(name, out JsonElement member))
            throw new PagedException($"The prompt file {path} has no \"{name}\" in {place}; {Expected}.");
        Require(member, kind, path, $"{place}, \"{name}\"");
        return member;
    }

    private static void Require(JsonElement element, JsonValueKind kind, string path, string place)
    {
        if (element.ValueKind != kind)
            throw new PagedException($"The prompt file {path} has {FoundValue.Kind(element.ValueKind)} where {FoundValue.Kind(kind)} must be, in {place}; {Expected}.");
    }
}
