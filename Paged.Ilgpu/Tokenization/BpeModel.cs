using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Paged.Ilgpu.Tokenization;

/// <summary>
/// A tokenizer of byte pairs, as Hugging Face's tokenizer.json and GGUF describe it: Llama 3's and SmolLM2's kind, whose tokens are bytes,
/// and Llama 2's, whose tokens are characters.
/// </summary>
public sealed class BpeModel : ITokenizer
{
    // Tokens that end an answer or its turn, under the names of the releases; beside the one that the file names.
    private static readonly string[] KnownEnds =
        ["</s>", Llama3Vocabulary.EndOfText, Llama3Vocabulary.EndOfTurn, "<|endoftext|>", "<|im_end|>"];

    private readonly BpeDescription _description;
    private readonly BpeMerger _merger;
    private readonly Dictionary<string, int> _specialIds = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _specialNames = [];
    private readonly Dictionary<string, int> _wholeIds = new(StringComparer.Ordinal); // tokens that a text's characters are never merged to
    private readonly TextSplitter? _wholes;
    private readonly TokenBytes _tokens;

    /// <exception cref="PagedException">The parts contradict each other.</exception>
    internal BpeModel(BpeDescription description)
    {
        _description = description;
        _tokens = new TokenBytes(ReadBytes(description));
        foreach (AddedToken added in description.AddedTokens)
        {
            if (added.Text.Length == 0)
                throw Damaged(description, $"the added token {added.Id} has no text, expected one");
            (added.IsControl ? _specialIds : _wholeIds)[added.Text] = added.Id;
            if (added.IsControl)
                _specialNames[added.Id] = added.Text;
        }

        if (_wholeIds.Count > 0)
        {
            string pattern = string.Join('|', _wholeIds.Keys.OrderByDescending(text => text.Length).Select(Regex.Escape));
            _wholes = new TextSplitter(new Regex(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10)), isLiteral: true);
        }

        _merger = new BpeMerger(description);
        StopIds = [.. KnownEnds.Where(_specialIds.ContainsKey).Select(end => _specialIds[end]).Concat(Find(description.EndOfText)).Distinct()];
        if (StopIds.Count == 0)
        {
            throw new PagedException($"The tokenizer {description.Origin} names no token that ends a text, expected an 'eos_token' in "
                + $"tokenizer_config.json or one of {string.Join(", ", KnownEnds)} among the control tokens.");
        }

        BeginOfTextId = Find(description.BeginOfText).FirstOrDefault(StopIds[0]);
    }

    /// <inheritdoc/>
    public int VocabularySize => _tokens.Count;

    /// <summary>The id that begins a sequence; where the file names none, the one that ends it, as in GPT-2.</summary>
    public int BeginOfTextId { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> StopIds { get; }

    /// <inheritdoc/>
    public int[] Encode(string text, bool addBeginOfText)
    {
        var ids = new List<int>();
        if (addBeginOfText && (_description.AddsBeginOfText || text.Length == 0))
            ids.Add(BeginOfTextId);
        AppendText(text, beginsText: true, ids);
        return [.. ids];
    }

    /// <inheritdoc/>
    public int[] EncodeContinuation(string text)
    {
        var ids = new List<int>();
        AppendText(text, beginsText: false, ids);
        return [.. ids];
    }

    /// <inheritdoc/>
    public bool TryGetSpecialId(string token, out int id) => _specialIds.TryGetValue(token, out id);

    /// <inheritdoc/>
    public string? SpecialTokenOf(int id) => _specialNames.GetValueOrDefault(id);

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids) => _tokens.Decode(ids);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> BytesOf(int id) => _tokens[id];

    private void AppendText(string text, bool beginsText, List<int> ids)
    {
        try
        {
            text = WellFormedText.Of(text);
            foreach (string part in _wholes?.Split(text) ?? [text])
            {
                if (_wholeIds.TryGetValue(part, out int id))
                    ids.Add(id);
                else
                    AppendPieces(part, beginsText, ids);
                beginsText = false;
            }
        }
        catch (RegexMatchTimeoutException fault)
        {
            throw new PagedException($"The tokenizer {_description.Origin} splits a text by a pattern that takes longer than "
                + $"{fault.MatchTimeout.TotalSeconds:N0} seconds on a text of {text.Length} characters, expected one that is linear in its length.", fault);
        }
    }

    private void AppendPieces(string text, bool beginsText, List<int> ids)
    {
        foreach (TextStep step in _description.Steps)
            text = step(text, beginsText);
        IEnumerable<string> pieces = _description.IsByteLevel ? LongRuns.Cut(text) : [text];
        foreach (TextSplitter splitter in _description.Splitters)
            pieces = pieces.SelectMany(splitter.Split);
        foreach (string piece in pieces)
            _merger.Encode(_description.IsByteLevel ? ByteLevelAlphabet.Write(piece) : piece, ids);
    }

    private IEnumerable<int> Find(string? token)
    {
        if (token is not null && (_specialIds.TryGetValue(token, out int id) || _wholeIds.TryGetValue(token, out id) || _description.Vocabulary.TryGetValue(token, out id)))
            yield return id;
    }

    private static byte[][] ReadBytes(BpeDescription description)
    {
        var tokens = new Dictionary<int, string>();
        foreach ((string text, int id) in description.Vocabulary)
        {
            if (!tokens.TryAdd(id, text))
                throw Damaged(description, $"{Config.Quoted.Of(tokens[id])} and {Config.Quoted.Of(text)} have the id {id}, expected another for each");
        }

        foreach (AddedToken added in description.AddedTokens)
        {
            if (!tokens.TryAdd(added.Id, added.Text) && tokens[added.Id] != added.Text)
                throw Damaged(description, $"{Config.Quoted.Of(tokens[added.Id])} and {Config.Quoted.Of(added.Text)} have the id {added.Id}, expected another for each");
        }

        // A few ids may be left out, but not so many that a small file takes much memory.
        int largest = tokens.Keys.DefaultIfEmpty(-1).Max();
        if (tokens.Keys.Any(id => id < 0) || largest >= 2L * tokens.Count + 1024)
            throw Damaged(description, $"its {tokens.Count} tokens have ids from {tokens.Keys.DefaultIfEmpty(-1).Min()} to {largest}, expected them to follow each other from 0");

        Dictionary<int, bool> controls = description.AddedTokens.DistinctBy(added => added.Id).ToDictionary(added => added.Id, added => added.IsControl);
        return [.. Enumerable.Range(0, largest + 1).Select(id =>
            !tokens.TryGetValue(id, out string? text) ? []
            : controls.TryGetValue(id, out bool isControl) ? isControl ? [] : Encoding.UTF8.GetBytes(text)
            : BytesOf(text, description))];
    }

    private static byte[] BytesOf(string token, BpeDescription description)
    {
        if (description.IsByteLevel)
            return ByteLevelAlphabet.Read(token);
        if (description.FallsBackToBytes && token is ['<', '0', 'x', _, _, '>']
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, null, out byte value))
            return [value];
        return Encoding.UTF8.GetBytes(token.Replace('\u2581', ' ')); // U+2581 stands for a space
    }

    private static PagedException Damaged(BpeDescription description, string what) => new($"The tokenizer {description.Origin} is damaged: {what}.");
}
