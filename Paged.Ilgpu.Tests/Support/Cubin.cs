using System.Buffers.Binary;
using System.Text;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>What ptxas writes: an ELF file of 64 bits, little-endian.</summary>
internal static class Cubin
{
    private const string CodePrefix = ".text.";

    /// <summary>The machine code of its kernels, one after the other.</summary>
    public static byte[] CodeOf(ReadOnlySpan<byte> file)
    {
        int headers = (int)BinaryPrimitives.ReadInt64LittleEndian(file[0x28..]);
        int headerBytes = BinaryPrimitives.ReadUInt16LittleEndian(file[0x3A..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(file[0x3C..]);
        int namesIndex = BinaryPrimitives.ReadUInt16LittleEndian(file[0x3E..]);
        ReadOnlySpan<byte> names = Section(file, file[(headers + namesIndex * headerBytes)..]);
        List<byte> code = [];
        for (int index = 0; index < count; index++)
        {
            ReadOnlySpan<byte> header = file[(headers + index * headerBytes)..];
            ReadOnlySpan<byte> name = names[BinaryPrimitives.ReadInt32LittleEndian(header)..];
            if (name.StartsWith(Encoding.ASCII.GetBytes(CodePrefix)))
                code.AddRange(Section(file, header));
        }

        return [.. code];
    }

    private static ReadOnlySpan<byte> Section(ReadOnlySpan<byte> file, ReadOnlySpan<byte> header) => file.Slice(
        (int)BinaryPrimitives.ReadInt64LittleEndian(header[0x18..]), (int)BinaryPrimitives.ReadInt64LittleEndian(header[0x20..]));
}
