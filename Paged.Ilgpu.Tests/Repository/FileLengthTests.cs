using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Repository;

public class FileLengthTests
{
    private const int MaxLines = 400;

    [TestCase("Paged.Ilgpu")]
    [TestCase("Paged.Ilgpu.Cli")]
    [TestCase("Paged.Ilgpu.Tests")]
    public void No_source_is_longer_than_one_idea(string project)
    {
        string[] tooLong =
        [.. from path in RepositoryFiles.Sources(project)
            let lines = File.ReadLines(Path.Combine(RepositoryFiles.Root, project, path)).Count()
            where lines > MaxLines
            select $"{project}/{path}: {lines} lines"];
        Assert.That(tooLong, Is.Empty);
    }
}
