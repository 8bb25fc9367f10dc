using System.Text.Json;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Cli.Input;

/// <summary>The <c>messages</c> of a chat: turns of text by the system, the user and the assistant.</summary>
internal static class ChatMessages
{
    private const string Field = "messages";
    private const string ExpectedRole = "\"system\", \"user\" or \"assistant\"";
    private const string ExpectedContent = "a text, or an array of {\"type\": \"text\", \"text\": …}";

    /// <exception cref="RefusalException">There are none, or one is not as it must be.</exception>
    public static DialogPrompt Read(BodyFields fields)
    {
        JsonElement messages = fields.Take(Field) ?? throw Refused("missing_required_parameter", "The body has no messages; expected is an array of at least one.");
        if (messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0)
            throw BodyFields.Refused(Field, messages, "an array of at least one message");
        int number = 0;
        return new DialogPrompt([.. messages.EnumerateArray().Select(message => ReadMessage(message, $"{Field}[{number++}]"))]);
    }

    private static ChatTurn ReadMessage(JsonElement message, string place)
    {
        if (message.ValueKind != JsonValueKind.Object)
            throw BodyFields.Refused(place, message, "an object with role and content");
        var fields = new BodyFields(message);
        string role = fields.Text("role") ?? throw Refused("missing_required_parameter", $"The message {place} has no role; expected is {ExpectedRole}.");
        JsonElement content = fields.Take("content")
            ?? throw Refused("missing_required_parameter", $"The message {place} has no content; expected is {ExpectedContent}.");
        fields.Ignore("name"); // no format of Llama's has a place for it
        fields.RefuseRest();
        return new ChatTurn(RoleOf(role, place), ReadContent(content, $"{place}.content"));
    }

    // The API's newer models call the system's turn the developer's.
    private static string RoleOf(string role, string place) => role switch
    {
        "system" or "user" or "assistant" => role,
        "developer" => "system",
        _ => throw Refused("invalid_value", $"The role of {place} is \"{FoundValue.Short(role)}\"; expected is {ExpectedRole}."),
    };

    // Several parts are lines of one text, as vLLM puts them to models whose chat format knows only text.
    private static string ReadContent(JsonElement content, string place) => content.ValueKind switch
    {
        JsonValueKind.String => BodyFields.TextOf(place, content),
        JsonValueKind.Array when content.GetArrayLength() > 0 => string.Join('\n', content.EnumerateArray().Select(part => ReadPart(part, place))),
        _ => throw BodyFields.Refused(place, content, ExpectedContent),
    };

    private static string ReadPart(JsonElement part, string place)
    {
        if (part.ValueKind != JsonValueKind.Object)
            throw BodyFields.Refused(place, part, ExpectedContent);
        var fields = new BodyFields(part);
        string type = fields.Text("type") ?? throw BodyFields.Refused(place, part, ExpectedContent);
        if (type != "text")
            throw Refused("unsupported_value", $"The part of {place} is of type \"{FoundValue.Short(type)}\"; expected is \"text\", as the model reads nothing else.");
        string text = fields.Text("text") ?? throw BodyFields.Refused(place, part, ExpectedContent);
        fields.RefuseRest();
        return text;
    }

    private static RefusalException Refused(string code, string message) => new(new Refusal(code, message, Field));
}
