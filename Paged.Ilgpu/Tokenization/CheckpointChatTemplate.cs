using System.Text.Json;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Weights.Gguf;

namespace Paged.Ilgpu.Tokenization;

/// <summary>What a checkpoint says of its chat format: by its chat_template, else by its folder's name.</summary>
internal static class CheckpointChatTemplate
{
    // A template is a few kilobytes, those with many tools some tens; the file beside a large vocabulary has a megabyte or two.
    private const long LargestBytes = 16 << 20;

    /// <param name="model">The checkpoint's folder, or a GGUF file.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <returns>Null where prompts are continued as they stand.</returns>
    /// <exception cref="PagedException">The checkpoint has a template that is not known, or its files cannot be read.</exception>
    public static DialogLayout? Find(string model, ITokenizer tokenizer)
    {
        if (FindText(model) is (string template, string path))
            return KnownChatTemplates.Recognize(template, path);

        string name = GgufSet.IsModel(model) ? Path.GetFileName(model) : FolderOf(model).Name;
        bool isNamedChat = name.Contains("instruct", StringComparison.OrdinalIgnoreCase)
            || name.Contains("chat", StringComparison.OrdinalIgnoreCase);
        return !isNamedChat ? null
            : tokenizer.TryGetSpecialId(Llama3Vocabulary.StartHeader, out _) ? new Llama3Dialog()
            : tokenizer.TryGetSpecialId("<|im_start|>", out _) ? new ChatMlDialog()
            : new InstructionDialog();
    }

    /// <summary>The text of a checkpoint's template and the file that has it; null where there is none.</summary>
    /// <exception cref="PagedException">A file cannot be read.</exception>
    private static (string Template, string Path)? FindText(string model)
    {
        if (GgufSet.IsModel(model))
            return FindInGguf(model);
        string folder = FolderOf(model).FullName;
        string jinja = Path.Combine(folder, "chat_template.jinja");
        if (File.Exists(jinja))
            return (System.Text.Encoding.UTF8.GetString(TokenizerFile.ReadAll(jinja, LargestBytes)), jinja);
        foreach (string name in (string[])["chat_template.json", TokenizerConfigJson.FileName])
        {
            string path = Path.Combine(folder, name);
            if (File.Exists(path) && ReadTemplate(path) is { } template)
                return (template, path);
        }

        return Directory.Exists(model) && TokenizerFile.Find(model) is { } tokenizer && GgufSet.IsModel(tokenizer) ? FindInGguf(tokenizer) : null;
    }

    private static (string Template, string Path)? FindInGguf(string path)
    {
        using GgufFile file = GgufFile.Open(path);
        return file.Metadata.Text("tokenizer.chat_template") is { } template ? (template, path) : null;
    }

    // A Meta release within a download lies in original/, its configuration and its name one folder up.
    private static DirectoryInfo FolderOf(string folder)
    {
        var checkpoint = new DirectoryInfo(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        return checkpoint is { Name: "original", Parent: { } parent } ? parent : checkpoint;
    }

    private static string? ReadTemplate(string path)
    {
        try
        {
            using var config = JsonDocument.Parse(TokenizerFile.ReadAll(path, LargestBytes));
            return config.RootElement.ValueKind == JsonValueKind.Object && config.RootElement.TryGetProperty("chat_template", out JsonElement template)
                ? TextOf(template, path)
                : null;
        }
        catch (Exception fault) when (JsonFault.Is(fault))
        {
            throw JsonFault.Describe(path, fault);
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
