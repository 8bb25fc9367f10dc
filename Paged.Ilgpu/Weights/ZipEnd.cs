using System.Buffers.Binary;

namespace Paged.Ilgpu.Weights;

/// <summary>The records at the end of a zip that say where its directory lies (PKWARE APPNOTE 6.3, sections 4.3.14 to 4.3.16).</summary>
internal static class ZipEnd
{
    private const uint EndSignature = 0x06054B50;
    private const int EndBytes = 22;
    private const int LongestComment = ushort.MaxValue;
    private const uint Zip64LocatorSignature = 0x07064B50;
    private const int Zip64LocatorBytes = 20;
    private const uint Zip64EndSignature = 0x06064B50;
    private const int Zip64EndBytes = 56;

    /// <summary>The range of the directory in bytes, which lies inside the file.</summary>
    /// <exception cref="PagedException">The file is no zip or is truncated.</exception>
    public static (long Offset, long Bytes) FindDirectory(MappedFile file)
    {
        int tailBytes = (int)Math.Min(file.Length, EndBytes + LongestComment);
        ReadOnlySpan<byte> tail = file.Bytes(file.Length - tailBytes, tailBytes);
        Span<byte> signature = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(signature, EndSignature);
        int at = tail.Length < EndBytes ? -1 : tail[..(tail.Length - EndBytes + sizeof(uint))].LastIndexOf(signature);
        if (at < 0)
        {
            throw new PagedException($"{file.Path} does not end as a zip does, expected a file of torch.save (PyTorch 1.6 or newer); "
                + "it may be truncated.");
        }

        long bytes = BinaryPrimitives.ReadUInt32LittleEndian(tail[(at + 12)..]);
        long offset = BinaryPrimitives.ReadUInt32LittleEndian(tail[(at + 16)..]);
        // torch.save writes the zip64 records always; where they are, they hold.
        long locator = file.Length - tailBytes + at - Zip64LocatorBytes;
        if (locator >= 0 && ReadSignature(file, locator) == Zip64LocatorSignature)
            (offset, bytes) = ReadZip64(file, BinaryPrimitives.ReadInt64LittleEndian(file.Bytes(locator + 8, sizeof(long))));
        if (offset < 0 || bytes < 0 || offset > file.Length || bytes > file.Length - offset)
        {
            throw new PagedException($"{file.Path} says that its zip directory has {bytes} bytes at {offset}, expected it within the "
                + $"file's {file.Length} bytes; the file is truncated or damaged.");
        }

        return (offset, bytes);
    }

    private static (long Offset, long Bytes) ReadZip64(MappedFile file, long end)
    {
        if (end < 0 || end > file.Length - Zip64EndBytes || ReadSignature(file, end) != Zip64EndSignature)
        {
            throw new PagedException($"{file.Path} has no zip64 end record at byte {end}, where it says; "
                + "the file is truncated or damaged.");
        }

        ReadOnlySpan<byte> record = file.Bytes(end, Zip64EndBytes);
        return (BinaryPrimitives.ReadInt64LittleEndian(record[48..]), BinaryPrimitives.ReadInt64LittleEndian(record[40..]));
    }

    private static uint ReadSignature(MappedFile file, long offset) =>
        BinaryPrimitives.ReadUInt32LittleEndian(file.Bytes(offset, sizeof(uint)));
}
