using Google.Protobuf;
using Microsoft.ML.Tokenizers;

namespace Paged.Ilgpu.Tokenization;

/// <summary>Llama 2's tokenizer: a SentencePiece model with byte fallback.</summary>
public sealed class SentencePieceModel : ITokenizer
{
    private readonly SentencePieceTokenizer _encoder;
    private readonly Dictionary<string, int> _specialIds;
    private readonly Dictionary<int, string> _specialNames;
    private readonly TokenBytes _tokens;

    private SentencePieceModel(SentencePieceFile file, SentencePieceTokenizer encoder)
    {
        _encoder = encoder;
        _specialIds = file.SpecialIds;
        _specialNames = file.SpecialIds.ToDictionary(entry => entry.Value, entry => entry.Key);
        _tokens = new TokenBytes(file.BytesOfId);
        BeginOfTextId = file.BeginOfTextId;
        StopIds = [file.EndOfTextId];
    }

    /// <inheritdoc/>
    public int VocabularySize => _tokens.Count;

    /// <inheritdoc/>
    public int BeginOfTextId { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> StopIds { get; }

    /// <summary>Reads a SentencePiece model.</summary>
    /// <param name="content">The whole file.</param>
    /// <param name="path">Names the file in errors.</param>
    /// <exception cref="PagedException">The file is damaged, or of a kind that Llama does not use.</exception>
    public static SentencePieceModel Parse(byte[] content, string path)
    {
        SentencePieceFile file = SentencePieceFile.Parse(content, path);
        try
        {
            using var stream = new MemoryStream(content);
            var encoder = SentencePieceTokenizer.Create(stream, addBeginningOfSentence: false, addEndOfSentence: false);
            return new SentencePieceModel(file, encoder);
        }
        catch (Exception fault) when (fault is InvalidProtocolBufferException or ArgumentException or InvalidOperationException)
        {
            throw new PagedException($"The tokenizer {path} is not a SentencePiece model that can be used: {fault.Message}", fault);
        }
    }

    /// <inheritdoc/>
    public int[] Encode(string text, bool addBeginOfText)
    {
        IReadOnlyList<int> ids = text.Length == 0
            ? []
            : _encoder.EncodeToIds(text, addBeginningOfSentence: false, addEndOfSentence: false);
        if (ids.Count == 0 && text is [var character] && !char.IsWhiteSpace(character))
            ids = EncodeCharacter(text);
        return addBeginOfText ? [BeginOfTextId, .. ids] : [.. ids];
    }

    // The library's normalizer makes nothing of a single character (2.0.1), so here is what it should make.
    private IReadOnlyList<int> EncodeCharacter(string character) => _encoder.EncodeToIds(
        _encoder.AddDummyPrefix ? "\u2581" + character : character,
        addBeginningOfSentence: false,
        addEndOfSentence: false,
        considerNormalization: false);

    /// <inheritdoc/>
    public bool TryGetSpecialId(string token, out int id) => _specialIds.TryGetValue(token, out id);

    /// <inheritdoc/>
    public string? SpecialTokenOf(int id) => _specialNames.GetValueOrDefault(id);

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids) => _tokens.Decode(ids);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> BytesOf(int id) => _tokens[id];
}
