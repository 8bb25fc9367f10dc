namespace Paged.Ilgpu.Cli.Output;

/// <summary>The file of <c>-o</c>.</summary>
internal static class OutputFile
{
    /// <summary>
    /// Opens the file for writing, before anything is loaded. What an earlier run left in it stays until <see cref="BatchOutputWriter"/>
    /// begins, so that a run that fails to load does not cost the answers of the last one.
    /// </summary>
    /// <exception cref="PagedException">The file cannot be written.</exception>
    public static FileStream Open(string path)
    {
        try
        {
            // No buffer: a line goes to the system in one call.
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new PagedException($"The output file {path} cannot be written: {fault.Message}", fault);
        }
    }
}
