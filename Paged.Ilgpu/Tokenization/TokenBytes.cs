using System.Buffers;
using System.Text;

namespace Paged.Ilgpu.Tokenization;

/// <summary>What every id stands for in a text: decoding, the same for both kinds of vocabulary.</summary>
/// <remarks>
/// The libraries' own decoders are made for whole texts: they drop a leading space, or show special tokens. An answer continues a text.
/// </remarks>
internal sealed class TokenBytes(byte[][] bytesOfId) // [id], empty for special tokens
{
    public int Count => bytesOfId.Length;

    public ReadOnlySpan<byte> this[int id] => (uint)id < (uint)bytesOfId.Length
        ? bytesOfId[id]
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"A token id lies in 0 to {bytesOfId.Length - 1}.");

    public string Decode(ReadOnlySpan<int> ids)
    {
        var text = new ArrayBufferWriter<byte>(4 * ids.Length + 1);
        foreach (int id in ids)
            text.Write(this[id]);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
