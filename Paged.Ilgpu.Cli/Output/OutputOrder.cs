using System.Text.Json;
using Paged.Ilgpu.Cli.Input;

namespace Paged.Ilgpu.Cli.Output;

/// <summary>
/// Puts the lines of an output in the order of the input: an interrupted run writes what is done out of turn, and the run that resumes it
/// appends what was missing. The lines are copied to a file beside it, which then takes its place: at every moment one of the two is whole.
/// </summary>
internal static class OutputOrder
{
    /// <param name="path">An output in which every request has its line.</param>
    /// <exception cref="PagedException">The copy cannot be written; the output stays as it is.</exception>
    public static void Restore(string path)
    {
        path = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        string copy = $"{path}.ordered";
        try
        {
            CopyInOrder(path, copy);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(copy, File.GetUnixFileMode(path));
            File.Move(copy, path, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            File.Delete(copy);
            throw new PagedException(
                $"All answers are in {path}, but not in the order of the requests, as {copy} cannot be written: {fault.Message}", fault);
        }
    }

    private static void CopyInOrder(string path, string copy)
    {
        using var source = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        using var target = new FileStream(copy, FileMode.Create, FileAccess.Write);
        (int Index, long Start, int Length)[] lines = Find(source, path);
        Array.Sort(lines);
        var line = new byte[lines.Max(one => one.Length)];
        foreach ((_, long start, int length) in lines)
        {
            source.Position = start;
            source.ReadExactly(line, 0, length);
            target.Write(line, 0, length);
        }

        target.Flush(flushToDisk: true);
    }

    private static (int Index, long Start, int Length)[] Find(FileStream source, string path)
    {
        var lines = new (int Index, long Start, int Length)[FileLines.Count(source.SafeFileHandle)]; // 24 bytes each
        long start = 0;
        foreach (FileLine line in FileLines.Read(source.SafeFileHandle, path))
        {
            using var parsed = JsonDocument.Parse(line.Content);
            _ = BatchLineId.TryParse(parsed.RootElement.GetProperty("id").GetString(), out int index);
            lines[line.Number - 1] = (index, start, (int)(line.End - start));
            start = line.End;
        }

        return lines;
    }
}
