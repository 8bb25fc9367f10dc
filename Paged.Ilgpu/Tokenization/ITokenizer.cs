namespace Paged.Ilgpu.Tokenization;

/// <summary>Text to token ids and back. Implementations are immutable and may be used from several threads.</summary>
public interface ITokenizer
{
    /// <summary>Number of ids, special tokens included.</summary>
    int VocabularySize { get; }

    /// <summary>The id that begins a sequence.</summary>
    int BeginOfTextId { get; }

    /// <summary>The ids that end an answer; never empty.</summary>
    IReadOnlyList<int> StopIds { get; }

    /// <summary>Encodes plain text. Special tokens in the text are text, not control.</summary>
    /// <param name="text">Any text, also empty.</param>
    /// <param name="addBeginOfText">Whether <see cref="BeginOfTextId"/> comes first, as it does in most models' texts; where the model's
    /// texts have no such beginning, nothing does.</param>
    int[] Encode(string text, bool addBeginOfText);

    /// <summary>Encodes plain text that comes after a control token, where some vocabularies do not mark the first word as they do elsewhere.</summary>
    /// <param name="text">Any text, also empty.</param>
    int[] EncodeContinuation(string text) => Encode(text, addBeginOfText: false);

    /// <summary>The id of a special token such as <c>&lt;|eot_id|&gt;</c>.</summary>
    /// <returns>False where the vocabulary has no such token.</returns>
    bool TryGetSpecialId(string token, out int id);

    /// <summary>The name of a special token, such as <c>&lt;|eot_id|&gt;</c>; null for an id that adds text.</summary>
    /// <param name="id">In [0, <see cref="VocabularySize"/>).</param>
    string? SpecialTokenOf(int id) => null;

    /// <summary>
    /// Decodes ids that continue a text: a leading space stays, special tokens are left out, bytes that are no UTF-8 become U+FFFD.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in [0, <see cref="VocabularySize"/>).</exception>
    string Decode(ReadOnlySpan<int> ids);

    /// <summary>
    /// The UTF-8 bytes that an id adds to a text, maybe a part of a character only; none for a special token.
    /// </summary>
    /// <param name="id">In [0, <see cref="VocabularySize"/>).</param>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in that range.</exception>
    ReadOnlySpan<byte> BytesOf(int id);
}
