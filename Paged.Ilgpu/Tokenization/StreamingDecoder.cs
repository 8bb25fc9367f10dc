using System.Buffers;
using System.Text;

namespace Paged.Ilgpu.Tokenization;

/// <summary>
/// Decodes the ids of one answer as they come. A character whose bytes are spread over several ids appears with the last of them,
/// so that all pieces together are what <see cref="ITokenizer.Decode"/> makes of all ids together. An id beyond the tokenizer's, which a
/// model with spare rows may draw, is U+FFFD.
/// </summary>
public sealed class StreamingDecoder(ITokenizer tokenizer)
{
    // It keeps the bytes of an unfinished character between calls.
    private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();

    /// <summary>Takes the next id.</summary>
    /// <param name="id">At least 0.</param>
    /// <param name="text">Receives the characters that are whole now; often none in the midst of one.</param>
    public void Append(int id, IBufferWriter<char> text) =>
        Decode(id < tokenizer.VocabularySize ? tokenizer.BytesOf(id) : "\uFFFD"u8, text, isEnd: false);

    /// <summary>Ends the answer; the decoder then stands ready for another one.</summary>
    /// <param name="text">Receives U+FFFD if the answer ended within a character, otherwise nothing.</param>
    public void Finish(IBufferWriter<char> text) => Decode([], text, isEnd: true);

    private void Decode(ReadOnlySpan<byte> bytes, IBufferWriter<char> text, bool isEnd)
    {
        int count = _utf8.GetCharCount(bytes, isEnd);
        text.Advance(_utf8.GetChars(bytes, text.GetSpan(count), isEnd));
    }
}
