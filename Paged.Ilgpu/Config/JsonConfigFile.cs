using System.Text.Json;

namespace Paged.Ilgpu.Config;

/// <summary>Reads a JSON file that holds one object into <see cref="ConfigValues"/>.</summary>
internal static class JsonConfigFile
{
    // The largest real configuration is a few kilobytes; more is not a configuration.
    private const long LargestBytes = 4 << 20;

    // A key that stands twice has two meanings, and readers differ in which they take.
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <summary>The object in the file.</summary>
    /// <exception cref="PagedException">The file cannot be read or is not one JSON object.</exception>
    public static ConfigValues Read(string path)
    {
        try
        {
            long length = new FileInfo(path).Length;
            if (length > LargestBytes)
                throw new PagedException($"{path} has {length} bytes, expected a configuration of at most {LargestBytes}.");
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path), Options);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new PagedException($"{path} holds a JSON {document.RootElement.ValueKind}, expected an object.");
            return new ConfigValues(path, ToDictionary(document.RootElement));
        }
        catch (Exception fault) when (JsonFault.Is(fault))
        {
            throw JsonFault.Describe(path, fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new PagedException($"{path} cannot be read: {fault.Message.TrimEnd('.')}.", fault);
        }
    }

    private static Dictionary<string, object?> ToDictionary(JsonElement element) =>
        element.EnumerateObject().ToDictionary(property => property.Name, property => ToValue(property.Value));

    private static object? ToValue(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => ToDictionary(element),
        JsonValueKind.Array => element.EnumerateArray().Select(ToValue).ToList(),
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.TryGetInt64(out long whole) ? (object)whole : element.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };
}
