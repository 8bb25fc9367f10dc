namespace Paged.Ilgpu.Cli.Input;

/// <summary>A file that only this process can reach and that is gone with it, however it ends.</summary>
internal static class TemporaryFile
{
    /// <exception cref="PagedException">The folder of temporary files cannot be written.</exception>
    public static FileStream Create()
    {
        string path = Path.Combine(Path.GetTempPath(), $"paged-{Guid.NewGuid():N}");
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
        };
        try
        {
            if (OperatingSystem.IsWindows())
            {
                options.Options = FileOptions.DeleteOnClose;
                return new FileStream(path, options);
            }

            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            var file = new FileStream(path, options);
            File.Delete(path); // the open file stays, without a name
            return file;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new PagedException($"The temporary file {path} cannot be written: {fault.Message}", fault);
        }
    }
}
