using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Paged.Ilgpu.Cli.Input;

/// <summary>A line of a file.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Content">Its bytes without the line's end; they change as soon as the next line is asked for.</param>
/// <param name="End">Where in the file the next line begins.</param>
/// <param name="IsEnded">Whether a line feed ends it; only a file's last line may have none.</param>
internal readonly record struct FileLine(int Number, ReadOnlyMemory<byte> Content, long End, bool IsEnded)
{
    public bool IsBlank => Content.Span.Trim(" \t"u8).IsEmpty;
}

/// <summary>Walks through a file's lines with one buffer, as long as the longest line, however many there are.</summary>
internal static class FileLines
{
    /// <summary>Bytes of a line, at most.</summary>
    public const int LongestLine = 1 << 28;

    private const int FirstBuffer = 1 << 16;

    /// <summary>The lines, from the file's beginning; a byte-order mark is no part of the first, a carriage return none of a line's end.</summary>
    /// <param name="file">The file; its position is neither used nor changed.</param>
    /// <param name="name">The file as messages call it.</param>
    /// <exception cref="PagedException">A line is too long.</exception>
    public static IEnumerable<FileLine> Read(SafeFileHandle file, string name)
    {
        byte[] buffer = new byte[FirstBuffer];
        int start = 0; // of the line, in the buffer
        int end = 0; // of what is in the buffer
        int searched = 0; // bytes of the line that are known to have no line feed
        int number = 0;
        long offset = 0; // of the buffer's end, in the file
        while (true)
        {
            int found = buffer.AsSpan(start + searched, end - start - searched).IndexOf((byte)'\n');
            if (found >= 0)
            {
                int length = searched + found;
                int next = start + length + 1;
                yield return new FileLine(++number, Trim(buffer.AsMemory(start, length), number), offset - (end - next), IsEnded: true);
                (start, searched) = (next, 0);
                continue;
            }

            searched = end - start;
            if (start > 0)
            {
                buffer.AsSpan(start, searched).CopyTo(buffer);
                (start, end) = (0, searched);
            }

            if (end == buffer.Length)
            {
                if (end >= LongestLine)
                    throw new PagedException($"The file {name} has more than {LongestLine:N0} bytes in line {number + 1}; expected are no more.");
                Array.Resize(ref buffer, 2 * buffer.Length);
            }

            int read = RandomAccess.Read(file, buffer.AsSpan(end), offset);
            if (read == 0)
                break;
            end += read;
            offset += read;
        }

        if (end > 0)
            yield return new FileLine(++number, Trim(buffer.AsMemory(0, end), number), offset, IsEnded: false);
    }

    /// <summary>The number of lines that <see cref="Read"/> has.</summary>
    public static int Count(SafeFileHandle file)
    {
        byte[] buffer = new byte[16 * FirstBuffer];
        int count = 0;
        long offset = 0;
        byte last = (byte)'\n';
        while (RandomAccess.Read(file, buffer, offset) is > 0 and int read)
        {
            count += buffer.AsSpan(0, read).Count((byte)'\n');
            last = buffer[read - 1];
            offset += read;
        }

        return last == (byte)'\n' ? count : count + 1;
    }

    private static ReadOnlyMemory<byte> Trim(ReadOnlyMemory<byte> line, int number)
    {
        if (number == 1 && line.Span.StartsWith(Encoding.UTF8.Preamble))
            line = line[Encoding.UTF8.Preamble.Length..];
        return line.Span.EndsWith("\r"u8) ? line[..^1] : line;
    }
}
