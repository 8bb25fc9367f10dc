using System.Text.Json;
using System.Text.Json.Nodes;

namespace Paged.Ilgpu.Tests.Tokenization;

/// <summary>Files tokenizer.json small enough to write down, in the forms that Llama releases have.</summary>
internal static class SmallTokenizerJson
{
    private const string Words = "Ġ t;h e;Ġt he;i n;Ġ a;r e;o n;Ġa n;Ġan d;e r;l l;Ġ w;o r;Ġw or;l d;a t;Ġ Ġ;ĠĠ ĠĠ;' s;1 2;12 3;t he;Ċ Ċ;Ã ©;ð Ł;ðŁ ¦";

    private const string MarkedWords = "▁ t;h e;▁t he;i n;▁ a;r e;o n;▁a n;▁an d;e r;l l;▁ w;o r;▁w or;l d;a t;▁ ▁;▁▁ ▁▁;' s;1 2;12 3;▁t h;▁th e";

    /// <summary>Llama 3's form: a pattern, bytes, pieces that are tokens taken whole, a token before each text.</summary>
    public static JsonObject Llama3()
    {
        JsonObject file = ByteLevel(
            "<|begin_of_text|>;<|end_of_text|>;<|start_header_id|>;<|end_header_id|>;<|eot_id|>",
            """
            {"type": "Sequence", "pretokenizers": [
              {"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex":
                "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}},
              {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]}
            """);
        file["model"]!["ignore_merges"] = true;
        file["post_processor"] = JsonNode.Parse(
            """
            {"type": "Sequence", "processors": [
              {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true},
              {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<|begin_of_text|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]}]}
            """);
        return file;
    }

    /// <summary>SmolLM2's form: digits apart, GPT-2's pattern, bytes, nothing before a text.</summary>
    public static JsonObject SmolLm2() => ByteLevel(
        "<|endoftext|>;<|im_start|>;<|im_end|>",
        """
        {"type": "Sequence", "pretokenizers": [
          {"type": "Digits", "individual_digits": true},
          {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}]}
        """);

    /// <summary>Llama 2's form: U+2581 for spaces and at the beginning, characters, bytes in place of unknown ones.</summary>
    public static JsonObject Llama2()
    {
        string[] control = ["<unk>", "<s>", "</s>"];
        const string Characters = "▁abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'.,!?<>/|\u00e9\u732b\U0001F999";
        string[] tokens =
        [
            .. control,
            .. Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>"),
            .. Characters.EnumerateRunes().Select(rune => rune.ToString()),
        ];
        JsonObject file = Whole(tokens, MarkedWords.Split(';'), [], control);
        file["normalizer"] = JsonNode.Parse(
            """
            {"type": "Sequence", "normalizers": [
              {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}
            """);
        file["model"]!["byte_fallback"] = true;
        file["model"]!["fuse_unk"] = true;
        file["model"]!["unk_token"] = "<unk>";
        file["post_processor"] = JsonNode.Parse(
            """
            {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]}
            """);
        return file;
    }

    /// <summary>The same in the form of newer releases, where a pre-tokenizer marks the spaces.</summary>
    public static JsonObject Llama2WithMetaspace(string prependScheme = "first")
    {
        JsonObject file = Llama2();
        file["normalizer"] = null;
        file["pre_tokenizer"] = new JsonObject
        {
            ["type"] = "Metaspace",
            ["replacement"] = "▁",
            ["prepend_scheme"] = prependScheme,
            ["split"] = false,
        };
        return file;
    }

    /// <summary>Writes a file and the one beside it.</summary>
    public static void Write(string folder, JsonObject file, string? config = null)
    {
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), file.ToJsonString());
        if (config is not null)
            File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), config);
    }

    /// <summary>A file of bytes, merges, two words that no merge leads to, and control tokens.</summary>
    private static JsonObject ByteLevel(string control, string preTokenizer)
    {
        JsonObject file = Whole([.. Alphabet()], Words.Split(';'), ["hello", "Ġworlds"], control.Split(';'));
        file["pre_tokenizer"] = JsonNode.Parse(preTokenizer);
        file["decoder"] = JsonNode.Parse("""{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true}""");
        return file;
    }

    private static JsonObject Whole(string[] first, string[] merges, string[] more, string[] control)
    {
        string[] merged = [.. merges.Select(merge => merge.Replace(" ", string.Empty, StringComparison.Ordinal)).Distinct()];
        string[] tokens = [.. first.Concat(merged).Concat(more).Concat(control).Distinct()];
        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. control.Select(token => new JsonObject
            {
                ["id"] = Array.IndexOf(tokens, token),
                ["content"] = token,
                ["single_word"] = false,
                ["lstrip"] = false,
                ["rstrip"] = false,
                ["normalized"] = false,
                ["special"] = true,
            })]),
            ["normalizer"] = null,
            ["pre_tokenizer"] = null,
            ["post_processor"] = null,
            ["decoder"] = null,
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["vocab"] = new JsonObject(tokens.Select((token, id) => KeyValuePair.Create<string, JsonNode?>(token, id))),
                ["merges"] = JsonSerializer.SerializeToNode(merges),
            },
        };
    }

    // GPT-2's characters for the bytes 0 to 255, by their own rule and not the library's.
    private static IEnumerable<string> Alphabet()
    {
        int others = 0;
        for (int value = 0; value < 256; value++)
        {
            bool isShown = value is >= 33 and <= 126 or >= 161 and <= 172 or >= 174;
            yield return ((char)(isShown ? value : 256 + others++)).ToString();
        }
    }
}
