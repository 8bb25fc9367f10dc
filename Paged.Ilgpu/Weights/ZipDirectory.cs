using System.Buffers.Binary;
using System.Text;
using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Weights;

/// <summary>
/// Where the entries of a zip lie within its file (PKWARE APPNOTE 6.3, sections 4.3 to 4.5, with zip64), so that a stored entry can be
/// read in place. The framework's own reader gives streams, not positions.
/// </summary>
internal sealed class ZipDirectory
{
    private const uint EntrySignature = 0x04034B50;
    private const int EntryHeaderBytes = 30;
    private const uint DirectorySignature = 0x02014B50;
    private const int DirectoryHeaderBytes = 46;
    private const ushort Zip64ExtraField = 1;

    private readonly MappedFile _file;
    private readonly Dictionary<string, (long HeaderOffset, long Bytes)> _entries = [];

    /// <summary>Reads the directory at the end of the file; no entry is touched.</summary>
    /// <exception cref="PagedException">The file is no zip, is truncated, or has entries that cannot be read in place.</exception>
    public ZipDirectory(MappedFile file)
    {
        _file = file;
        (long offset, long bytes) = ZipEnd.FindDirectory(file);
        ReadEntries(offset, bytes);
    }

    /// <summary>The names of the entries.</summary>
    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <summary>True, and where the entry's bytes lie in the file, if there is such an entry.</summary>
    public bool TryLocate(string name, out long offset, out long bytes)
    {
        (offset, bytes) = (0, 0);
        if (!_entries.TryGetValue(name, out (long HeaderOffset, long Bytes) entry))
            return false;
        if (entry.HeaderOffset > _file.Length - EntryHeaderBytes)
            throw Outside(name);
        ReadOnlySpan<byte> header = _file.Bytes(entry.HeaderOffset, EntryHeaderBytes);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != EntrySignature)
            throw new PagedException($"{_file.Path} has no entry {Quoted.Of(name)} where its zip directory says; the file is damaged.");
        offset = entry.HeaderOffset + EntryHeaderBytes + ReadUInt16(header, 26) + ReadUInt16(header, 28);
        bytes = entry.Bytes;
        return offset <= _file.Length - bytes ? true : throw Outside(name);
    }

    private void ReadEntries(long offset, long bytes)
    {
        long end = offset + bytes;
        while (offset < end)
        {
            if (end - offset < DirectoryHeaderBytes)
                throw Damaged("an incomplete entry");
            ReadOnlySpan<byte> header = _file.Bytes(offset, DirectoryHeaderBytes);
            if (BinaryPrimitives.ReadUInt32LittleEndian(header) != DirectorySignature)
                throw Damaged("an entry without its signature");
            int nameBytes = ReadUInt16(header, 28);
            int extraBytes = ReadUInt16(header, 30);
            int totalBytes = DirectoryHeaderBytes + nameBytes + extraBytes + ReadUInt16(header, 32);
            if (totalBytes > end - offset)
                throw Damaged("an incomplete entry");
            string name = Encoding.UTF8.GetString(_file.Bytes(offset + DirectoryHeaderBytes, nameBytes));
            ReadOnlySpan<byte> extra = _file.Bytes(offset + DirectoryHeaderBytes + nameBytes, extraBytes);
            AddEntry(name, header, extra);
            offset += totalBytes;
        }
    }

    private void AddEntry(string name, ReadOnlySpan<byte> header, ReadOnlySpan<byte> extra)
    {
        bool encrypted = (ReadUInt16(header, 8) & 1) != 0;
        int method = ReadUInt16(header, 10);
        if (encrypted || method != 0)
            throw new PagedException($"Entry {Quoted.Of(name)} of {_file.Path} is compressed or encrypted, expected it stored as torch.save does.");
        long stored = ReadUInt32(header, 20);
        long original = ReadUInt32(header, 24);
        long headerOffset = ReadUInt32(header, 42);
        // The values that did not fit 32 bits stand in the zip64 field, in this order.
        ReadOnlySpan<byte> zip64 = FindExtraField(extra, Zip64ExtraField);
        original = TakeZip64(original, ref zip64);
        stored = TakeZip64(stored, ref zip64);
        headerOffset = TakeZip64(headerOffset, ref zip64);
        if (stored != original)
            throw Damaged($"two sizes, {stored} and {original}, for the stored entry {Quoted.Of(name)}");
        if (stored < 0 || headerOffset < 0 || stored > _file.Length || headerOffset > _file.Length)
            throw Outside(name);
        if (!_entries.TryAdd(name, (headerOffset, stored)))
            throw Damaged($"the entry {Quoted.Of(name)} twice");
    }

    private long TakeZip64(long value, ref ReadOnlySpan<byte> zip64)
    {
        if (value != uint.MaxValue)
            return value;
        if (zip64.Length < sizeof(long))
            throw Damaged("an incomplete zip64 entry");
        value = BinaryPrimitives.ReadInt64LittleEndian(zip64);
        zip64 = zip64[sizeof(long)..];
        return value;
    }

    private static ReadOnlySpan<byte> FindExtraField(ReadOnlySpan<byte> extra, ushort wanted)
    {
        while (extra.Length >= 4)
        {
            int length = Math.Min(ReadUInt16(extra, 2), extra.Length - 4);
            if (ReadUInt16(extra, 0) == wanted)
                return extra.Slice(4, length);
            extra = extra[(4 + length)..];
        }

        return default;
    }

    private PagedException Damaged(string found) => new($"The zip directory of {_file.Path} has {found}; the file is damaged.");

    private PagedException Outside(string name) =>
        new($"Entry {Quoted.Of(name)} of {_file.Path} lies outside the file's {_file.Length} bytes; the file is truncated or damaged.");

    private static ushort ReadUInt16(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);

    private static uint ReadUInt32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);
}
