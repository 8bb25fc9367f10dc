using Microsoft.Win32.SafeHandles;

namespace Paged.Ilgpu.Cli.Input;

/// <summary>The file of requests, which is read more than once. What can be read only once, standard input or a pipe, is spooled first.</summary>
internal sealed class InputFile : IDisposable
{
    /// <summary>Stands for standard input where a file may be named.</summary>
    public const string StandardInput = "-";

    private readonly FileStream _stream;

    private InputFile(string name, FileStream stream)
    {
        Name = name;
        _stream = stream;
    }

    /// <summary>The file as messages call it: its path, or standard input.</summary>
    public string Name { get; }

    public SafeFileHandle Handle => _stream.SafeFileHandle;

    /// <exception cref="PagedException">The file is missing or cannot be read.</exception>
    public static InputFile Open(string path)
    {
        if (path == StandardInput)
        {
            using Stream standardInput = Console.OpenStandardInput();
            return Spool(standardInput, "standard input");
        }

        try
        {
            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            if (stream.CanSeek)
                return new InputFile(path, stream);
            using (stream)
                return Spool(stream, path);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PagedException($"The prompt file {path} does not exist.", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new PagedException($"The prompt file {path} cannot be read: {fault.Message}", fault);
        }
    }

    /// <summary>All of it, for forms that are not read line by line.</summary>
    /// <exception cref="PagedException">It is larger than an array can be.</exception>
    public byte[] ReadAll()
    {
        long length = RandomAccess.GetLength(Handle);
        if (length > Array.MaxLength)
            throw new PagedException($"The prompt file {Name} has {length:N0} bytes; expected are at most {Array.MaxLength:N0}, or .jsonl, which is read line by line.");
        var content = new byte[length];
        int filled = 0;
        while (filled < content.Length && RandomAccess.Read(Handle, content.AsSpan(filled), filled) is > 0 and int read)
            filled += read;
        return filled == content.Length ? content : content[..filled];
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private static InputFile Spool(Stream from, string name)
    {
        FileStream spool = TemporaryFile.Create();
        try
        {
            from.CopyTo(spool);
            return new InputFile(name, spool);
        }
        catch (IOException fault)
        {
            spool.Dispose();
            throw new PagedException($"What comes from {name} cannot be kept in the folder of temporary files, {Path.GetTempPath()}: {fault.Message}", fault);
        }
    }
}
