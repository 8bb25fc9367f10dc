using System.Text.Json;

namespace Paged.Ilgpu.Cli.Input;

/// <summary>A line of a batch: the request's name, where it goes and what it says there.</summary>
internal sealed class RequestLine : IDisposable
{
    private const string Expected =
        "expected is {\"custom_id\": …, \"method\": \"POST\", \"url\": \"/v1/chat/completions\" or \"/v1/completions\", \"body\": {…}}";

    // A name that comes twice in one object would leave one of its values unheard.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private readonly JsonDocument _line;
    private readonly string _method;
    private readonly string _url;
    private readonly JsonElement _body;

    private RequestLine(JsonDocument line)
    {
        _line = line;
        JsonElement root = line.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
            throw Malformed($"it is {FoundValue.Kind(root.ValueKind)}");
        CustomId = Text(root, "custom_id");
        _method = Text(root, "method");
        _url = Text(root, "url");
        _body = Member(root, "body", JsonValueKind.Object);
    }

    /// <summary>The request's name.</summary>
    public string CustomId { get; }

    /// <summary>Reads a line without asking whether the request can be served.</summary>
    /// <param name="utf8">The line; it is read as long as this is not disposed.</param>
    /// <exception cref="RefusalException">The line is no request.</exception>
    public static RequestLine Parse(ReadOnlyMemory<byte> utf8)
    {
        if (Utf8Text.FaultIn(utf8.Span) is { } fault)
            throw Malformed($"it is not UTF-8, {fault}");
        JsonDocument? line = null;
        try
        {
            line = JsonDocument.Parse(utf8, Strict);
            return new RequestLine(line);
        }
        catch (JsonException notJson)
        {
            string reason = notJson.Message.Split(" LineNumber:")[0].TrimEnd('.'); // the rest repeats the position
            throw Malformed($"it is not JSON at byte {notJson.BytePositionInLine + 1} ({reason})");
        }
        catch (InvalidOperationException)
        {
            throw Malformed("it has half a surrogate pair (\\uD800 to \\uDFFF) in a name");
        }
        catch (RefusalException)
        {
            line?.Dispose();
            throw;
        }
    }

    /// <summary>Reads the request.</summary>
    /// <param name="index">Its position among the file's requests.</param>
    /// <param name="model">What it is read for.</param>
    /// <exception cref="RefusalException">It cannot be served.</exception>
    public PromptRequest Read(int index, ServedModel model)
    {
        if (_method != "POST")
        {
            throw new RefusalException(new Refusal(
                "invalid_method", $"The method is \"{FoundValue.Short(_method)}\"; expected is \"POST\"."));
        }

        PromptRequest request = _url switch
        {
            "/v1/chat/completions" => RequestBody.ReadChat(_body, index, model),
            "/v1/completions" => RequestBody.ReadCompletion(_body, index, model),
            _ => throw new RefusalException(new Refusal(
                "unknown_url",
                $"The url is \"{FoundValue.Short(_url)}\"; expected is \"/v1/chat/completions\" or \"/v1/completions\".",
                StatusCode: 404)),
        };
        return request with { CustomId = CustomId };
    }

    /// <inheritdoc/>
    public void Dispose() => _line.Dispose();

    private static string Text(JsonElement root, string name)
    {
        JsonElement member = Member(root, name, JsonValueKind.String);
        try
        {
            return member.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Malformed($"its \"{name}\" has half a surrogate pair (\\uD800 to \\uDFFF)");
        }
    }

    private static JsonElement Member(JsonElement root, string name, JsonValueKind kind)
    {
        if (!root.TryGetProperty(name, out JsonElement member))
            throw Malformed($"it has no \"{name}\"");
        return member.ValueKind == kind
            ? member
            : throw Malformed($"its \"{name}\" is {FoundValue.Kind(member.ValueKind)} where {FoundValue.Kind(kind)} must be");
    }

    private static RefusalException Malformed(string reason) => new(new Refusal("malformed_line", $"{reason}; {Expected}."));
}
