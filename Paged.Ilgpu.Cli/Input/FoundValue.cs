using System.Text.Json;

namespace Paged.Ilgpu.Cli.Input;

/// <summary>A found value as a message shows it: whole where it is short.</summary>
internal static class FoundValue
{
    private const int Longest = 40;

    public static string Short(string text)
    {
        if (text.Length > Longest)
            text = $"{text[..Longest]}…";
        return string.Concat(text.Select(letter => char.IsControl(letter) || char.IsSurrogate(letter) ? '\uFFFD' : letter));
    }

    /// <summary>A value as it is written in the file.</summary>
    public static string Short(JsonElement value) => Short(value.GetRawText());

    /// <summary>The kind of a value in words.</summary>
    public static string Kind(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        _ => kind.ToString().ToLowerInvariant(),
    };
}
