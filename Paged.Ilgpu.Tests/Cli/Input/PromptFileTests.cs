using System.Text;
using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Cli.Input;

internal sealed class PromptFileTests
{
    private static readonly ServedModel AnyModel = new(Names: null, VocabularySize: 512, new SamplingOptions());

    private string _folder = "";

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("paged-test-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void the_shared_conversations_give_99_prompts()
    {
        IReadOnlyList<PromptRequest> prompts = ReadFile(SharedData.Path("sharegpt/sharegpt-filtered.json"));
        Assert.Multiple(() =>
        {
            Assert.That(prompts, Has.Count.EqualTo(99));
            Assert.That(prompts.Select(prompt => prompt.Index), Is.EqualTo(Enumerable.Range(0, 99)));
            Assert.That(((UserPrompt)prompts[0].Prompt).Text, Does.StartWith("Summarize the main ideas of Jeff Walker's"));
            Assert.That(prompts[0].RecordedAnswer, Does.StartWith("Here are the main ideas"));
        });
    }

    [Test]
    public void the_first_turn_is_the_prompt_whatever_its_role_and_the_second_the_answer()
    {
        IReadOnlyList<PromptRequest> prompts = Read("a.json", """
            [
              {"id": "x", "conversations": [{"from": "gpt", "value": "p0"}, {"from": "human", "value": "a0"}, {"from": "gpt", "value": "?"}]},
              {"id": "y", "conversations": []},
              {"conversations": [{"value": "p1 \ud83e\udd99"}]}
            ]
            """);
        Assert.That(prompts, Is.EqualTo(new[] { new PromptRequest(0, "p0", "a0"), new PromptRequest(1, "p1 🦙") }));
        Assert.That(prompts[1].CustomId, Is.EqualTo("request-1"));
    }

    [TestCase("7", 7)]
    [TestCase("-2", -2)]
    public void a_conversation_may_have_a_priority(string written, int expected)
    {
        IReadOnlyList<PromptRequest> prompts = Read(
            "a.json", $$"""[{"priority": {{written}}, "conversations": [{"value": "x"}]}, {"conversations": [{"value": "y"}]}]""");
        Assert.That(prompts.Select(prompt => prompt.Priority), Is.EqualTo(new[] { expected, 0 }));
    }

    [TestCase("\"high\"")]
    [TestCase("1.5")]
    [TestCase("null")]
    [TestCase("99999999999")]
    public void a_priority_that_is_no_whole_number_is_refused(string written) =>
        AssertRefused(
            "a.json",
            Encoding.UTF8.GetBytes($$"""[{"priority": {{written}}, "conversations": [{"value": "x"}]}]"""),
            $"the priority {written} in element 0");

    [Test]
    public void a_text_file_has_one_prompt_a_line()
    {
        IReadOnlyList<PromptRequest> prompts = Read("a.TXT", "\uFEFFfirst\r\n\r\n  \r\n second \r\nüber\nlast");
        Assert.That(prompts, Is.EqualTo(new PromptRequest[] { new(0, "first"), new(1, " second "), new(2, "über"), new(3, "last") }));
    }

    [TestCase("a.txt", "")]
    [TestCase("a.json", "[]")]
    public void a_file_without_prompts_gives_none(string name, string content) => Assert.That(Read(name, content), Is.Empty);

    [TestCase("hello", "line 1, byte 1")]
    [TestCase("[\n {]", "line 2, byte 3")]
    [TestCase("", "line 1, byte 1")]
    [TestCase("[] []", "line 1, byte 4")]
    [TestCase("{}", "an object where an array must be, in the whole file")]
    [TestCase("[5]", "a number where an object must be, in element 0")]
    [TestCase("[{}]", "no \"conversations\" in element 0")]
    [TestCase("[{\"conversations\": null}]", "null where an array must be, in element 0, \"conversations\"")]
    [TestCase("[{\"conversations\": [\"hi\"]}]", "a string where an object must be, in element 0, turn 0")]
    [TestCase("[{\"conversations\": []}, {\"conversations\": [{\"from\": \"human\"}]}]", "no \"value\" in element 1, turn 0")]
    [TestCase("[{\"conversations\": [{\"value\": true}]}]", "true where a string must be, in element 0, turn 0, \"value\"")]
    [TestCase("[{\"conversations\": [{\"value\": \"\\ud800\"}]}]", "half a surrogate pair")]
    public void json_of_another_shape_is_refused_naming_the_place(string content, string expected) =>
        AssertRefused("a.json", Encoding.UTF8.GetBytes(content), expected);

    [Test]
    public void deep_nesting_is_refused() => AssertRefused("a.json", Encoding.UTF8.GetBytes(new string('[', 100_000)), "not JSON");

    [Test]
    public void text_that_is_not_utf8_is_refused_naming_the_byte() =>
        AssertRefused("a.txt", [.. "fine\nb"u8, 0xFF, .. "d"u8], "byte 2 is 0xFF in line 2");

    [Test]
    public void json_that_is_not_utf8_is_refused_naming_the_byte() => AssertRefused("a.json", [.. "[ "u8, 0xC0, .. "]"u8], "byte 3 is 0xC0");

    [Test]
    public void a_file_of_another_kind_is_refused_by_its_extension() => AssertRefused("a.csv", [], "\".csv\"");

    [TestCase("\n [{\"conversations\": [{\"value\": \"x\"}]}]")]
    [TestCase("x")]
    [TestCase("{\"custom_id\": \"a\", \"method\": \"POST\", \"url\": \"/v1/completions\", \"body\": {\"prompt\": \"x\"}}")]
    public void a_file_without_an_extension_is_known_by_its_content(string content) => Assert.That(Read("prompts", content), Has.Count.EqualTo(1));

    [Test]
    public void a_format_that_is_named_counts_more_than_the_extension()
    {
        string path = Path.Combine(_folder, "a.json");
        File.WriteAllText(path, "[1]\n[2]\n");
        using IRequestSource source = PromptFile.Open(path, InputFormat.Text);
        Assert.That(source.Count, Is.EqualTo(2));
    }

    [TestCase("a.txt", "one\ntwo\nthree")]
    [TestCase("a.json", "[{\"conversations\": [{\"value\": \"one\"}]}, {\"conversations\": [{\"value\": \"two\"}]}, {\"conversations\": [{\"value\": \"3\"}]}]")]
    public void a_limit_takes_the_first_requests(string name, string content)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, content);
        using IRequestSource source = PromptFile.Open(path, limit: 2);
        Assert.That(source.Count, Is.EqualTo(2));
        Assert.That(
            source.Read(AnyModel).Cast<PromptRequest>(), Is.EqualTo(new PromptRequest[] { new(0, "one"), new(1, "two") }));
    }

    [Test]
    public void a_missing_file_is_named() =>
        Assert.That(() => ReadFile(Path.Combine(_folder, "none.txt")), Throws.TypeOf<PagedException>().With.Message.Contains("does not exist"));

    [Test]
    public void a_folder_is_no_file()
    {
        string path = Directory.CreateDirectory(Path.Combine(_folder, "folder.txt")).FullName;
        Assert.That(() => ReadFile(path), Throws.TypeOf<PagedException>().With.Message.Contains("cannot be read"));
    }

    private IReadOnlyList<PromptRequest> Read(string name, string content)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, content);
        return ReadFile(path);
    }

    private static List<PromptRequest> ReadFile(string path)
    {
        using IRequestSource source = PromptFile.Open(path);
        List<PromptRequest> read = [.. source.Read(AnyModel).Cast<PromptRequest>()];
        Assert.That(source.Count, Is.EqualTo(read.Count));
        return read;
    }

    private void AssertRefused(string name, byte[] content, string expected)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, content);
        Assert.That(() => ReadFile(path), Throws.TypeOf<PagedException>().With.Message.Contains(expected).And.Message.Contains(path));
    }
}
