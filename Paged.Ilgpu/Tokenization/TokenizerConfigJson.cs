using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Tokenization;

/// <summary>What Hugging Face's tokenizer_config.json says beside tokenizer.json.</summary>
/// <param name="BeginOfText">The token that begins a text; null where it does not say.</param>
/// <param name="EndOfText">The token that ends one; null where it does not say.</param>
/// <param name="AddsBeginOfText">Whether a prompt begins with the first; null where it does not say.</param>
internal sealed record TokenizerConfigJson(string? BeginOfText = null, string? EndOfText = null, bool? AddsBeginOfText = null)
{
    public const string FileName = "tokenizer_config.json";

    /// <summary>Reads the file beside a tokenizer.</summary>
    /// <returns>A record that says nothing where there is no such file.</returns>
    /// <exception cref="PagedException">The file is damaged.</exception>
    public static TokenizerConfigJson Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return new TokenizerConfigJson();
        ConfigValues values = JsonConfigFile.Read(path);
        return new TokenizerConfigJson(ReadToken(values, "bos_token"), ReadToken(values, "eos_token"), values.OptionalBool("add_bos_token"));
    }

    // A text, or in older files an object with the text in it.
    private static string? ReadToken(ConfigValues values, string key) =>
        values.IsObject(key) ? values.OptionalObject(key)!.OptionalText("content") : values.OptionalText(key);
}
