namespace Paged.Ilgpu.Cli.Output;

/// <summary>The file of <c>-o</c>.</summary>
internal static class OutputFile
{
    /// <summary>
    /// Opens the file for writing, before anything is loaded. What an earlier run left in it stays until <see cref="BatchOutputWriter"/>
    /// begins, so that a run that fails to load does not cost the answers of the last one.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="isResumed">Whether what it holds is read first; it must then be a file proper, not a pipe.</param>
    /// <exception cref="PagedException">The file cannot be written.</exception>
    public static FileStream Open(string path, bool isResumed = false)
    {
        try
        {
            // No buffer: a line goes to the system in one call.
            var file = new FileStream(
                path, FileMode.OpenOrCreate, isResumed ? FileAccess.ReadWrite : FileAccess.Write, FileShare.Read, bufferSize: 0);
            if (!isResumed || file.CanSeek)
                return file;
            file.Dispose();
            throw new PagedException($"The output {path} is no file that can be read again; expected with --resume is the output of an earlier run.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new PagedException($"The output file {path} cannot be written: {fault.Message}", fault);
        }
    }
}
