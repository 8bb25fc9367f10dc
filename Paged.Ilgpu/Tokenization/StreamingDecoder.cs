using System.Text;

namespace Paged.Ilgpu.Tokenization;

/// <summary>
/// Decodes the ids of one answer as they come. A character whose bytes are spread over several ids appears with the last of them,
/// so that all pieces together are what <see cref="ITokenizer.Decode"/> makes of all ids together.
/// </summary>
public sealed class StreamingDecoder(ITokenizer tokenizer)
{
    // It keeps the bytes of an unfinished character between calls.
    private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();

    /// <summary>Takes the next id.</summary>
    /// <returns>The characters that are whole now; often empty in the midst of one.</returns>
    public string Append(int id) => Decode(tokenizer.BytesOf(id), isEnd: false);

    /// <summary>Ends the answer; the decoder then stands ready for another one.</summary>
    /// <returns>U+FFFD if the answer ended within a character, otherwise nothing.</returns>
    public string Finish() => Decode([], isEnd: true);

    private string Decode(ReadOnlySpan<byte> bytes, bool isEnd)
    {
        Span<char> characters = stackalloc char[256];
        int needed = _utf8.GetCharCount(bytes, isEnd);
        if (needed > characters.Length)
            characters = new char[needed];
        return new string(characters[.._utf8.GetChars(bytes, characters, isEnd)]);
    }
}
