using System.Text;

namespace Paged.Ilgpu.Tokenization;

/// <summary>
/// GPT-2's alphabet (Radford et al. 2019): a character that can be shown for each of the 256 bytes, so that a vocabulary of bytes can be
/// written down as text. Bytes that Latin-1 shows stand for themselves, the others for U+0100, U+0101, and so on.
/// </summary>
internal static class ByteLevelAlphabet
{
    private static readonly char[] CharacterOfByte = MakeCharacters(); // [byte]
    private static readonly Dictionary<char, byte> ByteOfCharacter =
        Enumerable.Range(0, 256).ToDictionary(value => CharacterOfByte[value], value => (byte)value);

    /// <summary>The UTF-8 bytes of a text, a character each.</summary>
    public static string Write(ReadOnlySpan<char> text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        return string.Create(bytes.Length, bytes, (characters, source) =>
        {
            for (int i = 0; i < characters.Length; i++)
                characters[i] = CharacterOfByte[source[i]];
        });
    }

    /// <summary>The bytes that a token stands for; a character outside of the alphabet is itself.</summary>
    public static byte[] Read(string token) => token.All(ByteOfCharacter.ContainsKey)
        ? [.. token.Select(character => ByteOfCharacter[character])]
        : Encoding.UTF8.GetBytes(token);

    private static char[] MakeCharacters()
    {
        int others = 256;
        return [.. Enumerable.Range(0, 256).Select(value =>
            value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)value : (char)others++)];
    }
}
