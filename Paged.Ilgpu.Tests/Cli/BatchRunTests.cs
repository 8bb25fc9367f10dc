using System.Text.Json;
using Paged.Ilgpu.Cli;
using Paged.Ilgpu.Tests.Cli.Support;
using static Paged.Ilgpu.Tests.Cli.Support.BatchFiles;

namespace Paged.Ilgpu.Tests.Cli;

/// <summary><c>paged run</c> with OpenAI batch input: a line for each request, whatever becomes of it.</summary>
internal sealed class BatchRunTests
{
    private DummyModel _model = null!;

    [SetUp]
    public void CreateModel() => _model = new DummyModel();

    [TearDown]
    public void DeleteModel() => _model.Dispose();

    [Test]
    public void every_request_of_a_mixed_file_has_its_line()
    {
        string name = Path.GetFileName(_model.Path);
        CliRun run = Run(
            [
                Line("good", Completions, new { model = name, prompt = "Hello", max_tokens = 4 }),
                Line("unknown-model", Completions, new { model = "gpt-4o", prompt = "Hello" }),
                Line("unknown-url", "/v1/embeddings", new { input = "Hello" }),
                Line("malformed-body", Chat, new { messages = "Hello" }),
                Line("too-long", Completions, new { prompt = new string('a', 100) }),
                Line("three", Completions, new { prompt = "Hello", max_tokens = 4, n = 3 }),
                Line("token-ids", Completions, new { prompt = new[] { 256, 72, 101, 108, 108, 111 }, max_tokens = 4 }),
                Line("chat", Chat, new { model = _model.Path, messages = new[] { new { role = "user", content = "Hello" } }, max_tokens = 4 }),
                Line("out-of-range", Completions, new { prompt = "Hello", temperature = 3 }),
                Line("too-many", Completions, new { prompt = "Hello", n = 100 }),
            ],
            "--chat-template", "llama3", "--max-num-seqs", "8", "--check-invariants");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        JsonElement[] lines = ReadLines(_model["answers.jsonl"]);
        Assert.Multiple(() =>
        {
            Assert.That(lines.Select(line => line.CustomId()), Is.EqualTo(new[]
            {
                "good", "unknown-model", "unknown-url", "malformed-body", "too-long", "three", "token-ids", "chat", "out-of-range", "too-many",
            }));
            Assert.That(lines.Select(line => line.StatusCode()), Is.EqualTo(new[] { 200, 404, 404, 400, 400, 200, 200, 200, 400, 400 }));
            Assert.That(lines.Select(line => line.ErrorCode()), Is.EqualTo(new[]
            {
                null, "model_not_found", "unknown_url", "invalid_value", "context_length_exceeded", null, null, null, "invalid_value", "invalid_value",
            }));
            Assert.That(lines[0].Texts(), Is.EqualTo(lines[6].Texts()), "a text and its token ids");
            Assert.That(lines[5].Texts(), Is.EqualTo(Enumerable.Repeat(lines[0].Texts()[0], 3)), "greedy answers are the same");
            Assert.That(lines[5].Usage().GetProperty("prompt_tokens").GetInt32(), Is.EqualTo(6));
            Assert.That(lines[5].Usage().GetProperty("completion_tokens").GetInt32(), Is.EqualTo(12));
            Assert.That(lines[7].Body().GetProperty("object").GetString(), Is.EqualTo("chat.completion"));
        });
    }

    [Test]
    public void a_malformed_line_stops_the_run_before_any_work()
    {
        File.WriteAllText(_model["answers.jsonl"], "earlier answers");
        string[] lines = [Line("a", Completions, new { prompt = "Hello" }), "hello"];
        CliRun run = Run(lines);
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Failure));
            Assert.That(run.Error, Does.Contain("requests.jsonl has in line 2 what is no request").And.Not.Contain("answered"));
            Assert.That(File.ReadAllText(_model["answers.jsonl"]), Is.EqualTo("earlier answers"));
        });

        Assert.That(Run(lines, "--skip-malformed", "--max-tokens", "2").ExitCode, Is.EqualTo(CommandLine.Success));
        JsonElement[] written = ReadLines(_model["answers.jsonl"]);
        Assert.That(written.Select(line => line.ErrorCode()), Is.EqualTo(new[] { null, "malformed_line" }));
        Assert.That(written[1].CustomId(), Is.Null);
    }

    [Test]
    public void an_empty_file_gives_an_empty_output()
    {
        Assert.That(Run([]).ExitCode, Is.EqualTo(CommandLine.Success));
        Assert.That(File.ReadAllText(_model["answers.jsonl"]), Is.Empty);
    }

    [Test]
    public void a_model_may_be_given_other_names()
    {
        string[] lines = [Line("a", Completions, new { model = "llama", prompt = "a" }), Line("b", Completions, new { model = "other", prompt = "a" })];
        Assert.That(Run(lines, "--served-model-name", "llama", "other", "--max-tokens", "1").ExitCode, Is.EqualTo(CommandLine.Success));
        Assert.That(
            ReadLines(_model["answers.jsonl"]).Select(line => line.Body().GetProperty("model").GetString()), Is.EqualTo(new[] { "llama", "llama" }));
    }

    [Test]
    public void a_model_without_a_chat_format_refuses_chats()
    {
        Assert.That(Run([Line("a", Chat, new { messages = new[] { new { role = "user", content = "a" } } })]).ExitCode, Is.Zero);
        Assert.That(ReadLines(_model["answers.jsonl"])[0].ErrorCode(), Is.EqualTo("no_chat_format"));
    }

    [Test]
    public void a_prompt_of_millions_of_letters_is_refused_without_being_encoded()
    {
        Assert.That(Run([Line("a", Completions, new { prompt = new string('a', 50_000_000) })]).ExitCode, Is.Zero);
        Assert.That(ReadLines(_model["answers.jsonl"])[0].GetProperty("error").GetProperty("message").GetString(), Does.Contain("at least 50000000"));
    }

    [Test]
    public void cached_tokens_are_counted()
    {
        string prompt = new('a', 20);
        Assert.That(
            Run([Line("a", Completions, new { prompt }), Line("b", Completions, new { prompt })], "--max-tokens", "2", "--max-num-seqs", "1").ExitCode,
            Is.Zero);
        Assert.That(
            ReadLines(_model["answers.jsonl"])
                .Select(line => line.Usage().GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32()),
            Is.EqualTo(new[] { 0, 16 }));
    }

    [Test]
    public void unordered_answers_are_written_as_they_come()
    {
        string[] lines = [Line("long", Completions, new { prompt = "a", max_tokens = 9 }), Line("short", Completions, new { prompt = "a", max_tokens = 1 })];
        Assert.That(Run(lines, "--unordered", "--ignore-eos").ExitCode, Is.EqualTo(CommandLine.Success));
        Assert.That(ReadLines(_model["answers.jsonl"]).Select(line => line.CustomId()), Is.EqualTo(new[] { "short", "long" }));
    }

    [Test]
    public void many_more_requests_than_places_are_answered_in_order()
    {
        string[] lines = [.. Enumerable.Range(0, 150).Select(index => Line($"{index}", Completions, new { prompt = "a", max_tokens = index == 0 ? 40 : 1 + (index % 3) }))];
        Assert.That(Run(lines, "--max-num-seqs", "2", "--ignore-eos").ExitCode, Is.EqualTo(CommandLine.Success));
        Assert.That(
            ReadLines(_model["answers.jsonl"]).Select(line => line.CustomId()), Is.EqualTo(Enumerable.Range(0, 150).Select(index => $"{index}")));
    }

    private CliRun Run(string[] lines, params string[] arguments)
    {
        File.WriteAllText(_model["requests.jsonl"], string.Concat(lines.Select(line => line + "\n")));
        return CliRun.On(_model, ["run", "-i", _model["requests.jsonl"], "-o", _model["answers.jsonl"], .. arguments]);
    }
}
