using System.Text;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>Writes zips of stored entries, with or without the zip64 records that torch.save writes.</summary>
internal static class ZipWriter
{
    private const uint Elsewhere = uint.MaxValue; // the value is in the zip64 record

    /// <summary>A zip of these entries.</summary>
    /// <param name="entries">Name and content, in order.</param>
    /// <param name="zip64">Whether sizes and offsets are 64-bit ones; a reader must then look nowhere else.</param>
    /// <param name="method">The compression that the directory claims; 0 is stored.</param>
    public static byte[] Write(IEnumerable<(string Name, byte[] Content)> entries, bool zip64 = false, ushort method = 0)
    {
        var file = new MemoryStream();
        var directory = new MemoryStream();
        var writer = new BinaryWriter(file);
        var directoryWriter = new BinaryWriter(directory);
        int count = 0;
        foreach ((string name, byte[] content) in entries)
        {
            long offset = file.Length;
            WriteEntry(writer, name, content);
            WriteDirectoryEntry(directoryWriter, name, content.Length, offset, zip64, method);
            count++;
        }

        long directoryOffset = file.Length;
        writer.Write(directory.ToArray());
        if (zip64)
            WriteZip64End(writer, count, directory.Length, directoryOffset);
        writer.Write(0x06054B50u);
        writer.Write(0u); // disks
        writer.Write((ushort)count);
        writer.Write((ushort)count);
        writer.Write(zip64 ? Elsewhere : (uint)directory.Length);
        writer.Write(zip64 ? Elsewhere : (uint)directoryOffset);
        writer.Write((ushort)0); // comment
        return file.ToArray();
    }

    private static void WriteEntry(BinaryWriter writer, string name, byte[] content)
    {
        writer.Write(0x04034B50u);
        writer.Write(new byte[22]); // version, flags, method, time, checksum, sizes: the directory has them
        writer.Write((ushort)Encoding.UTF8.GetByteCount(name));
        writer.Write((ushort)5); // an extra field of its own length here, as torch.save's padding is
        writer.Write(Encoding.UTF8.GetBytes(name));
        writer.Write(new byte[5]);
        writer.Write(content);
    }

    private static void WriteDirectoryEntry(BinaryWriter writer, string name, int length, long offset, bool zip64, ushort method)
    {
        writer.Write(0x02014B50u);
        writer.Write(new byte[6]); // versions, flags
        writer.Write(method);
        writer.Write(new byte[8]); // time, checksum
        writer.Write(zip64 ? Elsewhere : (uint)length);
        writer.Write(zip64 ? Elsewhere : (uint)length);
        writer.Write((ushort)Encoding.UTF8.GetByteCount(name));
        writer.Write((ushort)(zip64 ? 28 : 0));
        writer.Write(new byte[10]); // comment, disk, attributes
        writer.Write(zip64 ? Elsewhere : (uint)offset);
        writer.Write(Encoding.UTF8.GetBytes(name));
        if (!zip64)
            return;
        writer.Write((ushort)1);
        writer.Write((ushort)24);
        writer.Write((long)length);
        writer.Write((long)length);
        writer.Write(offset);
    }

    private static void WriteZip64End(BinaryWriter writer, int count, long directoryLength, long directoryOffset)
    {
        long end = writer.BaseStream.Length;
        writer.Write(0x06064B50u);
        writer.Write(44L); // bytes that follow
        writer.Write(new byte[12]); // versions, disks
        writer.Write((long)count);
        writer.Write((long)count);
        writer.Write(directoryLength);
        writer.Write(directoryOffset);
        writer.Write(0x07064B50u);
        writer.Write(0u); // disk
        writer.Write(end);
        writer.Write(1u); // disks
    }
}
