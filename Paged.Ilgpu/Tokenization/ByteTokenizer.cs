using System.Text;

namespace Paged.Ilgpu.Tokenization;

/// <summary>
/// The simplest tokenizer: an id for each byte of a text's UTF-8, and two that begin and end it. For models that are only a shape, whose
/// answers mean nothing.
/// </summary>
public sealed class ByteTokenizer : ITokenizer
{
    private const int EndOfTextId = 257;

    private static readonly TokenBytes Tokens = new([.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value }), [], []]);

    /// <inheritdoc/>
    public int VocabularySize => Tokens.Count;

    /// <inheritdoc/>
    public int BeginOfTextId => 256;

    /// <inheritdoc/>
    public IReadOnlyList<int> StopIds => [EndOfTextId];

    /// <inheritdoc/>
    public int[] Encode(string text, bool addBeginOfText)
    {
        IEnumerable<int> ids = Encoding.UTF8.GetBytes(text).Select(value => (int)value);
        return addBeginOfText ? [BeginOfTextId, .. ids] : [.. ids];
    }

    /// <inheritdoc/>
    public bool TryGetSpecialId(string token, out int id)
    {
        id = -1;
        return false;
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids) => Tokens.Decode(ids);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> BytesOf(int id) => Tokens[id];
}
