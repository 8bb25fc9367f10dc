using Paged.Ilgpu.Cli.DemoModel;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Cli.DemoModel;

/// <summary>A demo model that is not as it was built is named as such before anything is read from it.</summary>
internal sealed class DemoModelFolderTests
{
    private static readonly string[] Files =
    [
        "consolidated.00.pth", "held-out.jsonl", "params.json", "prompts.json", "story-grammar.json", "tokenizer.model", "tokenizer_config.json",
    ];

    [Test]
    public void the_one_beside_the_program_is_whole() => Assert.That(DemoModelFolder.Installed.Checked().Path, Does.Exist);

    [TestCaseSource(nameof(Files))]
    public void a_single_changed_byte_is_noticed(string name)
    {
        using TestFolder copy = Copy();
        byte[] content = File.ReadAllBytes(copy[name]);
        content[content.Length / 2] ^= 1;
        File.WriteAllBytes(copy[name], content);
        Refusal.Of(() => new DemoModelFolder(copy.Path).Checked(), "demo model that comes with the program is damaged", copy[name], "install");
    }

    [TestCaseSource(nameof(Files))]
    public void an_absent_file_is_named(string name)
    {
        using TestFolder copy = Copy();
        File.Delete(copy[name]);
        Refusal.Of(() => new DemoModelFolder(copy.Path).Checked(), "demo model that comes with the program is incomplete", copy[name], "install");
    }

    [Test]
    public void an_absent_folder_is_named()
    {
        using var folder = new TestFolder();
        Refusal.Of(() => new DemoModelFolder(folder["DemoModel"]).Checked(), "demo model that comes with the program is incomplete", "absent");
    }

    [Test]
    public void what_else_lies_in_the_folder_does_no_harm()
    {
        using TestFolder copy = Copy();
        copy.Write("notes.txt", "mine");
        File.Delete(copy["README.md"]);
        Assert.That(new DemoModelFolder(copy.Path).Checked().Path, Is.EqualTo(copy.Path));
    }

    private static TestFolder Copy()
    {
        var copy = new TestFolder();
        foreach (string file in Directory.EnumerateFiles(DemoModelFolder.Installed.Path))
            File.Copy(file, copy[Path.GetFileName(file)]);
        return copy;
    }
}
