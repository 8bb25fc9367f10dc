using System.Text.Json;

namespace Paged.Ilgpu.Tokenization;

/// <summary>What a checkpoint says of its chat format: by its chat_template, else by its folder's name.</summary>
internal static class CheckpointChatTemplate
{
    private const string ConfigName = "tokenizer_config.json";

    // A template is a Jinja program. Llama 3's is known by the control tokens it writes, and needs no interpreter.
    private static readonly string[] Llama3Marks = [Llama3Vocabulary.StartHeader, Llama3Vocabulary.EndHeader, Llama3Vocabulary.EndOfTurn];

    /// <returns><see cref="ChatTemplateKind.Llama3"/> or <see cref="ChatTemplateKind.None"/>.</returns>
    /// <exception cref="PagedException">The checkpoint has a template of another kind, or its configuration cannot be read.</exception>
    public static ChatTemplateKind Find(string folder)
    {
        var checkpoint = new DirectoryInfo(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

        // A Meta release within a download lies in original/, its configuration and its name one folder up.
        if (checkpoint is { Name: "original", Parent: { } parent })
            checkpoint = parent;

        string path = Path.Combine(checkpoint.FullName, ConfigName);
        if (File.Exists(path) && ReadTemplate(path) is { } template)
        {
            return Array.TrueForAll(Llama3Marks, mark => template.Contains(mark, StringComparison.Ordinal))
                ? ChatTemplateKind.Llama3
                : throw new PagedException(
                    $"The chat_template in {path} begins \"{template[..Math.Min(template.Length, 60)].ReplaceLineEndings(" ")}\" and is not known; "
                    + "expected is Llama 3's: say --chat-template llama3 or none.");
        }

        bool isNamedChat = checkpoint.Name.Contains("instruct", StringComparison.OrdinalIgnoreCase)
            || checkpoint.Name.Contains("chat", StringComparison.OrdinalIgnoreCase);
        return isNamedChat ? ChatTemplateKind.Llama3 : ChatTemplateKind.None;
    }

    private static string? ReadTemplate(string path)
    {
        try
        {
            using var config = JsonDocument.Parse(File.ReadAllBytes(path));
            return config.RootElement.ValueKind == JsonValueKind.Object && config.RootElement.TryGetProperty("chat_template", out JsonElement template)
                ? TextOf(template, path)
                : null;
        }
        catch (Exception fault) when (fault is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new PagedException($"The file {path} cannot be read for its chat_template: {fault.Message}", fault);
        }
    }

    // A text, or a list of named texts of which "default" is the one for plain dialogs.
    private static string? TextOf(JsonElement template, string path)
    {
        switch (template.ValueKind)
        {
            case JsonValueKind.Null:
                return null;
            case JsonValueKind.String:
                return template.GetString();
            case JsonValueKind.Array:
                foreach (JsonElement named in template.EnumerateArray())
                {
                    if (named.ValueKind == JsonValueKind.Object
                        && named.TryGetProperty("name", out JsonElement name) && name.ValueKind == JsonValueKind.String && name.ValueEquals("default")
                        && named.TryGetProperty("template", out JsonElement text) && text.ValueKind == JsonValueKind.String)
                        return text.GetString();
                }

                break;
        }

        throw new PagedException($"The chat_template in {path} is {template.ValueKind}; expected is a text, or a list with a text named \"default\".");
    }
}
