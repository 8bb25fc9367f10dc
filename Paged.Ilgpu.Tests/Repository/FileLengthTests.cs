using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Repository;

public class FileLengthTests
{
    private const int MaxLines = 400;

    // Trains the demo model and runs by itself, so all of it is one file.
    private const string RunsByItself = "DemoModel/training/train.cs";

    [TestCase("Paged.Ilgpu")]
    [TestCase("Paged.Ilgpu.Cli")]
    [TestCase("Paged.Ilgpu.Tests")]
    public void No_source_is_longer_than_one_idea(string project)
    {
        string[] tooLong =
        [.. from path in RepositoryFiles.Sources(project)
            where path != RunsByItself
            let lines = File.ReadLines(Path.Combine(RepositoryFiles.Root, project, path)).Count()
            where lines > MaxLines
            select $"{project}/{path}: {lines} lines"];
        Assert.That(tooLong, Is.Empty);
    }
}
