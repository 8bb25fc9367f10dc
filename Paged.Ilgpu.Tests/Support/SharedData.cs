namespace Paged.Ilgpu.Tests.Support;

/// <summary>Checkpoints, tokenizers and prompts that lie beside the repository, in ../shared/data; none of them is part of it.</summary>
internal static class SharedData
{
    private static readonly string? Root = FindRoot();

    /// <summary>The path of a file or folder below shared/data; the test is skipped, saying so, where it is absent.</summary>
    public static string Path(string relativePath)
    {
        if (Root is null)
            throw Skipped($"needs ../shared/data/{relativePath}, and there is no folder shared/data beside the repository");
        string path = System.IO.Path.Combine(Root, relativePath);
        return File.Exists(path) || Directory.Exists(path) ? path : throw Skipped($"needs ../shared/data/{relativePath}, which is absent");
    }

    // Assert.Ignore would fail a test that asks for the data within Assert.Multiple.
    private static IgnoreException Skipped(string why) => new(why);

    private static string? FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = System.IO.Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(candidate))
                return candidate;
        }

        return null;
    }
}
