using Microsoft.ML.Tokenizers;

namespace Paged.Ilgpu.Tokenization;

/// <summary>
/// Llama 3's tokenizer: byte-level BPE from a tiktoken file of ranks, its splitting pattern, and 256 special tokens whose ids begin
/// after the last rank.
/// </summary>
public sealed class TiktokenModel : ITokenizer
{
    private readonly TiktokenTokenizer _encoder;
    private readonly Dictionary<string, int> _specialIds = new(StringComparer.Ordinal);
    private readonly TokenBytes _tokens;

    private TiktokenModel(byte[][] ranks, TiktokenTokenizer encoder)
    {
        _encoder = encoder;
        foreach (string special in Llama3Vocabulary.SpecialTokens)
            _specialIds.Add(special, ranks.Length + _specialIds.Count);
        _tokens = new TokenBytes([.. ranks, .. Llama3Vocabulary.SpecialTokens.Select(_ => Array.Empty<byte>())]);
        BeginOfTextId = _specialIds[Llama3Vocabulary.BeginOfText];
        StopIds = [_specialIds[Llama3Vocabulary.EndOfText], _specialIds[Llama3Vocabulary.EndOfTurn]];
    }

    /// <inheritdoc/>
    public int VocabularySize => _tokens.Count;

    /// <inheritdoc/>
    public int BeginOfTextId { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> StopIds { get; }

    /// <summary>Reads the lines of a tiktoken file.</summary>
    /// <param name="content">The whole file: lines of base64, a space and a rank.</param>
    /// <param name="path">Names the file in errors.</param>
    /// <exception cref="PagedException">A line is malformed, a rank or a single byte is missing.</exception>
    public static TiktokenModel Parse(byte[] content, string path)
    {
        byte[][] ranks = TiktokenRanks.Parse(content, path);

        // The library is told of no special tokens: it would find them in a user's text and make them control. And it is given the ranks in
        // a form of our own: at an empty line among them its reader never ends (2.0.1).
        using var stream = new MemoryStream(TiktokenRanks.Write(ranks));
        return new TiktokenModel(ranks, TiktokenTokenizer.Create(stream, new TextSplitter(Llama3Vocabulary.Pieces()), null));
    }

    /// <inheritdoc/>
    public int[] Encode(string text, bool addBeginOfText)
    {
        var ids = new List<int>();
        if (addBeginOfText)
            ids.Add(BeginOfTextId);
        foreach (string part in LongRuns.Cut(WellFormedText.Of(text)))
            ids.AddRange(_encoder.EncodeToIds(part));
        return [.. ids];
    }

    /// <inheritdoc/>
    public bool TryGetSpecialId(string token, out int id) => _specialIds.TryGetValue(token, out id);

    /// <inheritdoc/>
    public string? SpecialTokenOf(int id)
    {
        int place = id - (VocabularySize - Llama3Vocabulary.SpecialTokens.Count);
        return place < 0 ? null : Llama3Vocabulary.SpecialTokens[place];
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids) => _tokens.Decode(ids);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> BytesOf(int id) => _tokens[id];
}
