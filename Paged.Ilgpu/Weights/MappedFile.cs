using System.IO.MemoryMappedFiles;

namespace Paged.Ilgpu.Weights;

/// <summary>
/// A file that the operating system pages in where it is touched: opening costs nothing in proportion to the size, and what is read
/// stays in the page cache instead of this program's memory.
/// </summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private bool _disposed;

    private MappedFile(string path, MemoryMappedFile file, long length)
    {
        Path = path;
        Length = length;
        _file = file;
        _view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    /// <summary>Where the file lies.</summary>
    public string Path { get; }

    /// <summary>Size of the file in bytes.</summary>
    public long Length { get; }

    /// <summary>Maps a file for reading.</summary>
    /// <exception cref="PagedException">The file is missing, empty or not readable.</exception>
    public static MappedFile Open(string path)
    {
        try
        {
            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            long length = stream.Length;
            if (length == 0)
            {
                stream.Dispose();
                throw new PagedException($"{path} is empty, expected the tensors of a checkpoint.");
            }

            var file = MemoryMappedFile.CreateFromFile(
                stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            return new MappedFile(path, file, length);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new PagedException($"{path} cannot be read: {fault.Message.TrimEnd('.')}.", fault);
        }
    }

    /// <summary>The bytes of a range, which must lie inside the file; valid until the file is disposed.</summary>
    public ReadOnlySpan<byte> Bytes(long offset, int count)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if ((ulong)offset > (ulong)Length || (ulong)count > (ulong)(Length - offset))
            throw new ArgumentOutOfRangeException(nameof(offset), $"{count} bytes at {offset} do not lie in {Path}, which has {Length}.");
        return new ReadOnlySpan<byte>(_start + offset, count);
    }

    /// <summary>Unmaps the file.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
