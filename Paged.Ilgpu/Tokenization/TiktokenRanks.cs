using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Paged.Ilgpu.Tokenization;

/// <summary>The tiktoken file format: a line for each token, its bytes in base64, a space, its rank.</summary>
internal static class TiktokenRanks
{
    /// <summary>Whether a file begins as a tiktoken file does.</summary>
    public static bool AreIn(ReadOnlySpan<byte> content)
    {
        int end = content.IndexOf((byte)'\n');
        return TryParseLine(end < 0 ? content : content[..end], out _, out _);
    }

    /// <returns>The bytes of each token, [rank].</returns>
    /// <exception cref="PagedException">A line is malformed, a rank occurs twice or not at all, or a single byte has no token.</exception>
    public static byte[][] Parse(ReadOnlySpan<byte> content, string path)
    {
        var lines = new List<(int Rank, byte[] Token)>();
        int lineNumber = 0;
        foreach (Range range in content.Split((byte)'\n'))
        {
            lineNumber++;
            ReadOnlySpan<byte> line = content[range];
            if (line.Trim("\r \t"u8).IsEmpty)
                continue;
            if (!TryParseLine(line, out byte[] token, out int rank))
            {
                throw new PagedException(
                    $"The tokenizer {path} is damaged: line {lineNumber} is \"{Shorten(line)}\" where base64, a space and a rank are expected.");
            }

            lines.Add((rank, token));
        }

        var ranks = new byte[lines.Count][]; // [rank]
        foreach ((int rank, byte[] token) in lines)
        {
            if (rank >= ranks.Length || ranks[rank] is not null)
                throw new PagedException($"The tokenizer {path} is damaged: it has {ranks.Length} tokens, so ranks 0 to {ranks.Length - 1} once each are expected, and rank {rank} is too large or there twice.");
            ranks[rank] = token;
        }

        RequireEveryByte(ranks, path);
        return ranks;
    }

    /// <summary>A file of these ranks.</summary>
    public static byte[] Write(byte[][] ranks)
    {
        var content = new StringBuilder();
        for (int rank = 0; rank < ranks.Length; rank++)
            content.Append(Convert.ToBase64String(ranks[rank])).Append(' ').Append(rank).Append('\n');
        return Encoding.ASCII.GetBytes(content.ToString());
    }

    // Merging begins with single bytes, so a text could not be encoded without one of them.
    private static void RequireEveryByte(byte[][] ranks, string path)
    {
        bool[] isThere = new bool[256];
        foreach (byte[] token in ranks)
        {
            if (token.Length == 1)
                isThere[token[0]] = true;
        }

        int missing = Array.IndexOf(isThere, false);
        if (missing >= 0)
            throw new PagedException($"The tokenizer {path} is incomplete: of the 256 single bytes, 0x{missing:X2} has no token among its {ranks.Length}.");
    }

    private static bool TryParseLine(ReadOnlySpan<byte> line, out byte[] token, out int rank)
    {
        token = [];
        rank = -1;
        line = line.TrimEnd("\r \t"u8);
        int space = line.IndexOf((byte)' ');
        if (space <= 0 || !Utf8Parser.TryParse(line[(space + 1)..], out rank, out int consumed) || consumed != line.Length - space - 1 || rank < 0)
            return false;

        ReadOnlySpan<byte> base64 = line[..space];
        byte[] decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        if (Base64.DecodeFromUtf8(base64, decoded, out _, out int length) != OperationStatus.Done || length == 0)
            return false;
        token = decoded[..length];
        return true;
    }

    private static string Shorten(ReadOnlySpan<byte> line)
    {
        string text = Encoding.UTF8.GetString(line[..Math.Min(line.Length, 40)]);
        return string.Concat(text.Select(character => char.IsControl(character) ? '\uFFFD' : character));
    }
}
