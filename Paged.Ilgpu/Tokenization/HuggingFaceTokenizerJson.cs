using System.Text.Json;
using System.Text.RegularExpressions;
using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Tokenization;

/// <summary>
/// Reads Hugging Face's tokenizer.json (format: github.com/huggingface/tokenizers). What would change the ids and is not understood is
/// refused by its name.
/// </summary>
internal sealed class HuggingFaceTokenizerJson
{
    public const string FileName = "tokenizer.json";

    // Llama 3's has 17 MB.
    private const long LargestBytes = 256 << 20;

    private readonly string _path;
    private readonly List<TextStep> _steps = [];
    private readonly List<TextSplitter> _splitters = [];
    private bool _isByteLevel;

    private HuggingFaceTokenizerJson(string path) => _path = path;

    /// <summary>Reads the file, and tokenizer_config.json beside it.</summary>
    /// <exception cref="PagedException">The file is damaged, contradicts itself, or has parts that are not supported.</exception>
    public static BpeModel Open(string path)
    {
        byte[] content = TokenizerFile.ReadAll(path, LargestBytes);
        try
        {
            using JsonDocument document = JsonDocument.Parse(content);
            return new BpeModel(new HuggingFaceTokenizerJson(path).Read(new JsonPart(path, document.RootElement)));
        }
        catch (Exception fault) when (JsonFault.Is(fault))
        {
            throw JsonFault.Describe(path, fault);
        }
    }

    private BpeDescription Read(JsonPart root)
    {
        JsonPart model = root.Object("model") ?? throw new PagedException($"{_path} has no 'model', expected the tables of a tokenizer.");
        if (model.Text("type") is { } type && type != "BPE")
            throw model.Unexpected("type", "'BPE', the kind of every Llama's tokenizer");
        model.AcceptOnlyNothing("dropout");
        model.AcceptOnlyNothing("continuing_subword_prefix");
        model.AcceptOnlyNothing("end_of_word_suffix");
        AddNormalizer(root.Object("normalizer"));
        AddPreTokenizer(root.Object("pre_tokenizer"));
        AddedToken[] addedTokens = [.. root.Objects("added_tokens").Select(ReadAddedToken)];
        string? begin = FindTemplatesBegin(root.Object("post_processor"));
        TokenizerConfigJson config = TokenizerConfigJson.Read(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        return new BpeDescription
        {
            Origin = _path,
            Vocabulary = ReadVocabulary(model),
            Merges = ReadMerges(model),
            AddedTokens = addedTokens,
            IsByteLevel = _isByteLevel,
            FallsBackToBytes = model.Flag("byte_fallback") ?? false,
            TakesWholePieces = model.Flag("ignore_merges") ?? false,
            UnknownToken = model.Text("unk_token"),
            FusesUnknown = model.Flag("fuse_unk") ?? false,
            Steps = _steps,
            Splitters = _splitters,
            BeginOfText = config.BeginOfText ?? begin,
            AddsBeginOfText = config.AddsBeginOfText ?? begin is not null,
            EndOfText = config.EndOfText,
        };
    }

    private Dictionary<string, int> ReadVocabulary(JsonPart model)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((string token, JsonElement id) in model.Object("vocab")?.Properties ?? [])
        {
            if (id.ValueKind != JsonValueKind.Number || !id.TryGetInt32(out int number) || number < 0 || !vocabulary.TryAdd(token, number))
                throw new PagedException($"The tokenizer {_path} is damaged: {Quoted.Of(token)} of its 'vocab' is there twice or has no id, expected a whole number from 0.");
        }

        return vocabulary.Count > 0 ? vocabulary : throw new PagedException($"{_path} has no 'vocab' in its 'model', expected the id of each token.");
    }

    // "left right" in older files, ["left", "right"] in newer ones.
    private List<string> ReadMerges(JsonPart model)
    {
        var merges = new List<string>();
        foreach (JsonElement merge in model.Elements("merges"))
        {
            merges.Add(
                merge.ValueKind == JsonValueKind.String ? merge.GetString()!
                : merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2
                    && merge[0].ValueKind == JsonValueKind.String && merge[1].ValueKind == JsonValueKind.String
                    ? $"{merge[0].GetString()} {merge[1].GetString()}"
                : throw new PagedException($"The tokenizer {_path} is damaged: merge {merges.Count} is a JSON {merge.ValueKind}, expected two tokens."));
        }

        return merges;
    }

    // A token in angle or square brackets steers a model, whatever the file says of it: what a user writes must not become one.
    private static AddedToken ReadAddedToken(JsonPart token)
    {
        string text = token.Text("content") ?? throw token.Unexpected("content", "the token's text");
        int id = token.Number("id") ?? throw token.Unexpected("id", "a whole number from 0");
        bool isBracketed = text is ['<', .., '>'] or ['[', .., ']'];
        return new AddedToken(id, text, (token.Flag("special") ?? false) || isBracketed);
    }

    private void AddNormalizer(JsonPart? normalizer)
    {
        switch (normalizer?.Text("type"))
        {
            case null:
                break;
            case "Sequence":
                foreach (JsonPart part in normalizer.Objects("normalizers"))
                    AddNormalizer(part);
                break;
            case "Prepend":
                string prefix = normalizer.Text("prepend") ?? "";
                _steps.Add((text, _) => text.Length == 0 ? text : prefix + text);
                break;
            case "Replace" when normalizer.Object("pattern")?.Text("String") is { Length: > 0 } pattern:
                string content = normalizer.Text("content") ?? "";
                _steps.Add((text, _) => text.Replace(pattern, content, StringComparison.Ordinal));
                break;
            default:
                throw normalizer.Unexpected("type", "'Sequence', 'Prepend' or 'Replace' of a text, the normalizers supported");
        }
    }

    private void AddPreTokenizer(JsonPart? preTokenizer)
    {
        string? type = preTokenizer?.Text("type");
        if (type is not null && _isByteLevel)
            throw preTokenizer!.Unexpected("type", "nothing after 'ByteLevel'");
        switch (type)
        {
            case null:
                break;
            case "Sequence":
                foreach (JsonPart part in preTokenizer!.Objects("pretokenizers"))
                    AddPreTokenizer(part);
                break;
            case "Split":
                AddSplit(preTokenizer!);
                break;
            case "Digits":
                bool areSingle = preTokenizer!.Flag("individual_digits") ?? false;
                _splitters.Add(new TextSplitter(areSingle ? SplitPatterns.SingleDigits() : SplitPatterns.RunsOfDigits()));
                break;
            case "ByteLevel":
                AddByteLevel(preTokenizer!);
                break;
            case "Metaspace":
                AddMetaspace(preTokenizer!);
                break;
            default:
                throw preTokenizer!.Unexpected(
                    "type", "'Sequence', 'Split', 'Digits', 'ByteLevel' or 'Metaspace', the pre-tokenizers supported");
        }
    }

    private void AddSplit(JsonPart split)
    {
        JsonPart? pattern = split.Object("pattern");
        string expression = pattern?.Text("Regex") ?? (pattern?.Text("String") is { } literal ? Regex.Escape(literal) : throw split.Unexpected("pattern", "a 'Regex' or a 'String'"));
        bool keepsRest = (split.Text("behavior"), split.Flag("invert") ?? false) switch
        {
            ("Isolated", _) => true,
            ("Removed", true) => false,
            _ => throw split.Unexpected("behavior", "'Isolated', or 'Removed' of what is not matched, the behaviours supported"),
        };
        try
        {
            _splitters.Add(new TextSplitter(SplitPatterns.Of(expression), keepsRest));
        }
        catch (ArgumentException fault)
        {
            throw new PagedException($"The tokenizer {_path} splits texts by the pattern {Quoted.Of(expression)}, expected a regular expression that .NET understands.", fault);
        }
    }

    private void AddByteLevel(JsonPart byteLevel)
    {
        _isByteLevel = true;
        if (byteLevel.Flag("add_prefix_space") ?? true)
        {
            RequireNoSplitBefore(byteLevel);
            _steps.Add((text, _) => text.StartsWith(' ') ? text : " " + text);
        }

        if (byteLevel.Flag("use_regex") ?? true)
            _splitters.Add(new TextSplitter(SplitPatterns.Gpt2()));
    }

    // Spaces become a mark, and a text gets one at its beginning: "first" only where nothing comes before it.
    private void AddMetaspace(JsonPart metaspace)
    {
        RequireNoSplitBefore(metaspace);
        string mark = metaspace.Text("replacement") ?? "\u2581";
        string scheme = metaspace.Text("prepend_scheme") ?? (metaspace.Flag("add_prefix_space") == false ? "never" : "always");
        if (scheme is not ("always" or "first" or "never"))
            throw metaspace.Unexpected("prepend_scheme", "'always', 'first' or 'never'");
        _steps.Add((text, beginsText) =>
        {
            text = text.Replace(" ", mark, StringComparison.Ordinal);
            bool isMarked = scheme == "always" || (scheme == "first" && beginsText);
            return isMarked && text.Length > 0 && !text.StartsWith(mark, StringComparison.Ordinal) ? mark + text : text;
        });
        if (metaspace.Flag("split") ?? true) // each mark with what follows it
            _splitters.Add(new TextSplitter(SplitPatterns.Of($"{Regex.Escape(mark)}[^{Regex.Escape(mark)}]*")));
    }

    private void RequireNoSplitBefore(JsonPart part)
    {
        if (_splitters.Count > 0)
            throw part.Unexpected("type", "no cut before a prefix is added");
    }

    // The control token before the text in the template of single texts.
    private static string? FindTemplatesBegin(JsonPart? processor) => processor?.Text("type") switch
    {
        "Sequence" => processor.Objects("processors").Select(FindTemplatesBegin).FirstOrDefault(begin => begin is not null),
        "TemplateProcessing" => processor.Objects("single").FirstOrDefault()?.Object("SpecialToken")?.Text("id"),
        _ => null,
    };
}
