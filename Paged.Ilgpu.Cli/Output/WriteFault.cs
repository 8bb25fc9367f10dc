namespace Paged.Ilgpu.Cli.Output;

/// <summary>Which exceptions say that a file takes no more.</summary>
internal static class WriteFault
{
    /// <summary>
    /// A full disk and the like; and what .NET throws where a file is longer than its file system can have it, such as 4 GiB on FAT32.
    /// </summary>
    public static bool Is(Exception fault) => fault is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" };
}
