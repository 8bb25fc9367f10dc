using System.Text;
using System.Text.Unicode;

namespace Paged.Ilgpu.Cli.Input;

/// <summary>Reads a text file whole and sure that it is UTF-8, so that no prompt is altered unseen.</summary>
internal static class Utf8File
{
    /// <returns>The content without its byte-order mark.</returns>
    /// <exception cref="PagedException">The file is missing, unreadable or not UTF-8.</exception>
    public static ReadOnlyMemory<byte> Read(string path)
    {
        ReadOnlyMemory<byte> content;
        try
        {
            content = File.ReadAllBytes(path);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PagedException($"The prompt file {path} does not exist.", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new PagedException($"The prompt file {path} cannot be read: {fault.Message}", fault);
        }

        if (!Utf8.IsValid(content.Span))
            throw new PagedException($"The prompt file {path} is not UTF-8: {DescribeFirstFault(content.Span)}.");
        return content.Span.StartsWith(Encoding.UTF8.Preamble) ? content[Encoding.UTF8.Preamble.Length..] : content;
    }

    private static string DescribeFirstFault(ReadOnlySpan<byte> content)
    {
        int position = 0;
        while (Rune.DecodeFromUtf8(content[position..], out _, out int length) == System.Buffers.OperationStatus.Done)
            position += length;
        return $"byte {position}, in line {content[..position].Count((byte)'\n') + 1}, is 0x{content[position]:X2}";
    }
}
