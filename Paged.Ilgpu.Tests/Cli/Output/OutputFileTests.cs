using Paged.Ilgpu.Cli.Output;

namespace Paged.Ilgpu.Tests.Cli.Output;

internal sealed class OutputFileTests
{
    private string _folder = "";

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("paged-test-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void earlier_answers_stay_until_new_ones_begin()
    {
        string path = Path.Combine(_folder, "out.jsonl");
        File.WriteAllText(path, "earlier answers");
        using (OutputFile.Open(path))
        {
        }

        Assert.That(File.ReadAllText(path), Is.EqualTo("earlier answers"));
        using (new BatchOutputWriter(OutputFile.Open(path), "model", DateTimeOffset.UnixEpoch))
        {
        }

        Assert.That(File.ReadAllText(path), Is.Empty);
    }

    [TestCase("")]
    [TestCase("absent/out.jsonl")]
    public void a_path_that_cannot_be_written_is_named(string relative)
    {
        string path = Path.Combine(_folder, relative);
        Assert.That(() => OutputFile.Open(path), Throws.TypeOf<PagedException>().With.Message.Contains(path));
    }
}
