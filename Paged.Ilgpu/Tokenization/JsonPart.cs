using System.Text.Json;
using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Tokenization;

/// <summary>An object in a JSON file, read by type; a null says nothing.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="element">The object.</param>
internal sealed class JsonPart(string path, JsonElement element)
{
    private readonly JsonElement _element = element.ValueKind == JsonValueKind.Object
        ? element
        : throw new PagedException($"{path} has a JSON {element.ValueKind} where an object is expected.");

    public IEnumerable<(string Name, JsonElement Value)> Properties => _element.EnumerateObject().Select(property => (property.Name, property.Value));

    /// <exception cref="PagedException">The value is of another kind; so of all readers below.</exception>
    public string? Text(string key) => Find(key, JsonValueKind.String, "a text")?.GetString();

    public bool? Flag(string key) => Value(key) is { } value
        ? value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Unexpected(key, "true or false"),
        }
        : null;

    public int? Number(string key) => Find(key, JsonValueKind.Number, "a whole number") is { } number
        ? number.TryGetInt32(out int whole) && whole >= 0 ? whole : throw Unexpected(key, "a whole number from 0")
        : null;

    public JsonPart? Object(string key) => Find(key, JsonValueKind.Object, "an object") is { } value ? new JsonPart(path, value) : null;

    public IEnumerable<JsonElement> Elements(string key) => Find(key, JsonValueKind.Array, "a list")?.EnumerateArray() ?? default;

    public IEnumerable<JsonPart> Objects(string key) => Elements(key).Select(value => new JsonPart(path, value));

    /// <summary>Refuses a value for what is not supported; an empty text says nothing either.</summary>
    public void AcceptOnlyNothing(string key)
    {
        if (Value(key) is { } value && value.ToString() is not ("" or "0" or "0.0"))
            throw Unexpected(key, "nothing, the only value supported");
    }

    public PagedException Unexpected(string key, string expected) =>
        new($"{path} sets '{key}' to {(Value(key) is { } value ? Quoted.Of(value.ToString()) : "nothing")}, expected {expected}.");

    private JsonElement? Find(string key, JsonValueKind kind, string expected) =>
        Value(key) is { } value ? value.ValueKind == kind ? value : throw Unexpected(key, expected) : null;

    private JsonElement? Value(string key) =>
        _element.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
