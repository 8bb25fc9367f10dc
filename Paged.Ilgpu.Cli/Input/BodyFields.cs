using System.Text.Json;

namespace Paged.Ilgpu.Cli.Input;

/// <summary>
/// The fields of a request's body. Each is asked for by name, with the values it may have; what nobody asks for is refused at the end, so
/// that no wish is passed over in silence. A field that is null counts as absent, as in the OpenAI API.
/// </summary>
internal sealed class BodyFields
{
    private readonly Dictionary<string, JsonElement> _left = new(StringComparer.Ordinal); // by name: not asked for yet

    public BodyFields(JsonElement body)
    {
        foreach (JsonProperty field in body.EnumerateObject())
        {
            if (field.Value.ValueKind != JsonValueKind.Null)
                _left.Add(field.Name, field.Value);
        }
    }

    /// <summary>Takes a field as it is written; null where it is absent.</summary>
    public JsonElement? Take(string name) => _left.Remove(name, out JsonElement value) ? value : null;

    public string? Text(string name) => Take(name) is { } value ? TextOf(name, value) : null;

    public bool? Flag(string name) => Take(name) is not { } value ? null : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Refused(name, value, "true or false"),
    };

    public int? Whole(string name, int min, int max = int.MaxValue) => Take(name) is { } value ? WholeOf(name, value, min, max) : null;

    public long? LongWhole(string name)
    {
        if (Take(name) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number)
            ? number
            : throw Refused(name, value, $"a whole number from {long.MinValue} to {long.MaxValue}");
    }

    /// <summary>A number that fulfils a condition, which <paramref name="expected"/> says in words.</summary>
    public double? Number(string name, Func<double, bool> isGood, string expected)
    {
        if (Take(name) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number) && isGood(number)
            ? number
            : throw Refused(name, value, expected);
    }

    /// <summary>Takes fields that say nothing about an answer.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            _left.Remove(name);
    }

    /// <summary>Takes a field of which only the value that changes nothing is understood.</summary>
    public void AllowOnly(string name, Func<JsonElement, bool> isGood, string expected)
    {
        if (Take(name) is { } value && !isGood(value))
            throw Refused(name, value, $"{expected}, as nothing else is understood", "unsupported_value");
    }

    /// <exception cref="RefusalException">There is a field that was not asked for.</exception>
    public void RefuseRest()
    {
        foreach (string name in _left.Keys)
        {
            throw new RefusalException(new Refusal(
                "unknown_parameter",
                $"The field {FoundValue.Short(name)} is not understood here; expected is a request without it.",
                FoundValue.Short(name)));
        }
    }

    public static string TextOf(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
            throw Refused(name, value, "a text");
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Refused(name, value, "a text without half a surrogate pair (\\uD800 to \\uDFFF)");
        }
    }

    public static int WholeOf(string name, JsonElement value, int min, int max) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= min && number <= max
            ? number
            : throw Refused(name, value, max == int.MaxValue ? $"a whole number, at least {min}" : $"a whole number from {min} to {max}");

    public static JsonElement ArrayOf(string name, JsonElement value, string expected) =>
        value.ValueKind == JsonValueKind.Array ? value : throw Refused(name, value, expected);

    public static RefusalException Refused(string name, JsonElement value, string expected, string code = "invalid_value") =>
        new(new Refusal(code, $"The field {name} is {FoundValue.Short(value)}; expected is {expected}.", name));
}
