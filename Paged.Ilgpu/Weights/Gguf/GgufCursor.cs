using System.Buffers.Binary;
using System.Text;

namespace Paged.Ilgpu.Weights.Gguf;

/// <summary>Reads a GGUF file's header from front to back; whatever does not lie in the file is an error.</summary>
internal sealed class GgufCursor(MappedFile file)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The next byte to read, from the beginning of the file.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes not read yet.</summary>
    public long Remaining => file.Length - Position;

    public byte ReadByte() => Take(1)[0];

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    public float ReadSingle() => BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));

    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));

    /// <summary>A number of things that follow, each of which takes some bytes at least: more than fit are not believed.</summary>
    public long ReadCount(int leastBytes, string what)
    {
        ulong count = ReadUInt64();
        return count <= (ulong)(Remaining / leastBytes) ? (long)count
            : throw Damaged($"announces {count} {what} at byte {Position - sizeof(ulong)}, more than fit in the {Remaining} bytes that follow");
    }

    /// <summary>A text's bytes, after their number; valid until the file is disposed.</summary>
    public ReadOnlySpan<byte> ReadBytes()
    {
        long count = ReadCount(1, "bytes of a text");
        return count <= int.MaxValue ? Take((int)count) : throw Damaged($"has a text of {count} bytes at byte {Position}");
    }

    public string ReadText()
    {
        try
        {
            return StrictUtf8.GetString(ReadBytes());
        }
        catch (DecoderFallbackException)
        {
            throw Damaged($"has a text that is not UTF-8 before byte {Position}");
        }
    }

    public void Skip(long bytes)
    {
        if (bytes > Remaining)
            throw CutOff();
        Position += bytes;
    }

    /// <summary>The error for a file that is not what it should be.</summary>
    /// <param name="how">What was found, as the rest of a sentence about the file.</param>
    public PagedException Damaged(string how) => new($"{file.Path} {how}; it is damaged or no GGUF file.");

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > Remaining)
            throw CutOff();
        ReadOnlySpan<byte> bytes = file.Bytes(Position, count);
        Position += count;
        return bytes;
    }

    private PagedException CutOff() => Damaged($"ends in the middle of its header, at byte {file.Length}");
}
