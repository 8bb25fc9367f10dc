namespace Paged.Ilgpu.Tests.Support;

/// <summary>The sources that these tests were built from; tests that read them are skipped where only the built suite was carried.</summary>
internal static class RepositoryFiles
{
    /// <summary>The repository's root, the nearest folder above the built tests that holds the solution.</summary>
    public static string Root
    {
        get
        {
            for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "Paged.Ilgpu.sln")))
                    return folder.FullName;
            }

            Assert.Ignore("needs the repository's sources, and no folder above the tests holds Paged.Ilgpu.sln");
            throw new InvalidOperationException();
        }
    }

    /// <summary>Every C# source below a folder of the repository, built outputs left out, as paths relative to that folder.</summary>
    public static IEnumerable<string> Sources(string folder)
    {
        string start = Path.Combine(Root, folder);
        return Directory.EnumerateFiles(start, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(start, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal);
    }
}
