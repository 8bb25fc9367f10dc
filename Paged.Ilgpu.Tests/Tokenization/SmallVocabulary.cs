using System.Text;

namespace Paged.Ilgpu.Tests.Tokenization;

/// <summary>Vocabularies small enough to write down.</summary>
internal static class SmallVocabulary
{
    /// <summary>A tiktoken file: the 256 bytes as ranks 0 to 255, then the given tokens.</summary>
    public static byte[] Tiktoken(params string[] tokens)
    {
        IEnumerable<byte[]> ranks = [.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value }), .. tokens.Select(Encoding.UTF8.GetBytes)];
        return Encoding.ASCII.GetBytes(string.Concat(ranks.Select((token, rank) => $"{Convert.ToBase64String(token)} {rank}\n")));
    }
}
