using System.Text;
using CsCheck;
using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Cli.Input;

/// <summary>Lines of a batch: which are requests, and which stop the run.</summary>
internal sealed class BatchFileTests
{
    private const string Good = """{"custom_id": "a", "method": "POST", "url": "/v1/completions", "body": {"prompt": "x"}}""";
    private const string Marks = "\\\"{}[],:0u- ";

    private static readonly ServedModel Model = new(["tiny"], VocabularySize: 512, new SamplingOptions());

    private TestFolder _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = new TestFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [TestCase("hello", "it is not JSON at byte 1")]
    [TestCase("[1]", "it is an array")]
    [TestCase("{\"custom_id\": \"a\"", "it is not JSON at byte 18")]
    [TestCase("{}", "it has no \"custom_id\"")]
    [TestCase("{\"custom_id\": 5}", "its \"custom_id\" is a number where a string must be")]
    [TestCase("{\"custom_id\": \"\\ud800\"}", "its \"custom_id\" has half a surrogate pair")]
    [TestCase("{\"custom_id\": \"b\", \"method\": \"POST\"}", "it has no \"url\"")]
    [TestCase("{\"custom_id\": \"b\", \"method\": \"POST\", \"url\": \"/\", \"body\": [1]}", "its \"body\" is an array where an object must be")]
    [TestCase("{\"custom_id\": \"b\", \"custom_id\": \"c\"}", "it is not JSON at byte")]
    [TestCase("{\"custom_id\": \"b\", \"method\": \"POST\", \"url\": \"/\", \"body\": {\"\\ud800\": 1}}", "half a surrogate pair")]
    public void a_line_that_is_no_request_is_named(string line, string expected)
    {
        AssertRefused($"{Good}\n\n{line}\n", "has in line 3 what is no request: ", expected, "/v1/chat/completions");
        (int Count, InputItem[] Items) read = Read($"{Good}\n\n{line}\n", skipsMalformed: true);
        Assert.That(read.Count, Is.EqualTo(2));
        var refused = (RefusedRequest)read.Items[1];
        Assert.Multiple(() =>
        {
            Assert.That(refused.CustomId, Is.Null);
            Assert.That(refused.Refusal.Code, Is.EqualTo("malformed_line"));
            Assert.That(refused.Refusal.Message, Does.StartWith("Line 3 is no request: ").And.Contains(expected));
        });
    }

    [Test]
    public void deep_nesting_is_refused() => AssertRefused(
        Good.Replace("\"x\"", new string('[', 100_000)), "in line 1", "depth");

    [Test]
    public void a_line_that_is_not_utf8_is_named() =>
        AssertRefused([.. Encoding.UTF8.GetBytes(Good + "\n{\""), 0xFF, .. "\"}\n"u8], "in line 2", "it is not UTF-8, byte 3 is 0xFF");

    [Test]
    public void a_byte_order_mark_and_windows_line_ends_are_no_part_of_a_request()
    {
        (int count, InputItem[] items) = Read($"\uFEFF{Good}\r\n\r\n{Good.Replace("\"a\"", "\"b\"")}\r\n");
        Assert.That(count, Is.EqualTo(2));
        Assert.That(items.Select(item => item.CustomId), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(items, Is.All.TypeOf<PromptRequest>());
    }

    [TestCase(false)]
    [TestCase(true)]
    public void a_name_that_comes_twice_is_refused_with_both_places(bool skipsMalformed)
    {
        string other = Good.Replace("\"a\"", "\"b\"");
        Assert.That(
            () => Read($"{other}\n{Good}\n\n{Good}\n", skipsMalformed),
            Throws.TypeOf<PagedException>().With.Message.Contains("the custom_id \"a\" in line 2 and in line 4"));
    }

    [Test]
    public void a_line_of_50_million_bytes_is_read()
    {
        (_, InputItem[] items) = Read(Good.Replace("\"x\"", $"\"{new string('y', 50_000_000)}\"") + "\n" + Good.Replace("\"a\"", "\"b\""));
        Assert.That(((TextPrompt)((PromptRequest)items[0]).Prompt).Text, Has.Length.EqualTo(50_000_000));
        Assert.That(((TextPrompt)((PromptRequest)items[1]).Prompt).Text, Is.EqualTo("x"));
    }

    [Test]
    public void a_limit_takes_the_first_requests_and_looks_at_no_other()
    {
        using IRequestSource source = PromptFile.Open(_folder.Write("a.jsonl", $"\n{Good}\nhello\n"), limit: 1);
        Assert.That(source.Count, Is.EqualTo(1));
        Assert.That(source.Read(Model).Single().CustomId, Is.EqualTo("a"));
    }

    [Test]
    public void a_line_with_any_byte_altered_is_a_request_or_refused_in_a_sentence() =>
        Gen.Select(Gen.Int[0, Good.Length - 1], Gen.Int[0, Marks.Length - 1], Gen.Int[0, Good.Length - 1], Gen.Byte).Sample(
            (place, mark, secondPlace, value) =>
            {
                byte[] line = Encoding.UTF8.GetBytes(Good.Replace("\"x\"", "\"\\ud83e\\udd99\", \"logit_bias\": {\"1\": 1e0}, \"stop\": [\"\\u0041\"]"));
                line[secondPlace] = value;
                line[place] = (byte)Marks[mark];
                try
                {
                    using var request = RequestLine.Parse(line);
                    return request.Read(0, Model) is not null;
                }
                catch (RefusalException fault)
                {
                    return fault.Message.EndsWith('.') && !fault.Message.Contains('\n');
                }
            },
            seed: "0000KOIm_EB1",
            iter: 20_000);

    private (int Count, InputItem[] Items) Read(string content, bool skipsMalformed = false) => Read(Encoding.UTF8.GetBytes(content), skipsMalformed);

    private (int Count, InputItem[] Items) Read(byte[] content, bool skipsMalformed = false)
    {
        using IRequestSource source = PromptFile.Open(_folder.Write("a.jsonl", content), skipsMalformed: skipsMalformed);
        return (source.Count, [.. source.Read(Model)]);
    }

    private void AssertRefused(string content, params string[] parts) => AssertRefused(Encoding.UTF8.GetBytes(content), parts);

    private void AssertRefused(byte[] content, params string[] parts) => Tests.Support.Refusal.Of(() => Read(content), [.. parts, "a.jsonl"]);
}
