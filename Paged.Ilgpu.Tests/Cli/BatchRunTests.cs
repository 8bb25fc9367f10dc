using System.ClientModel.Primitives;
using System.Text.Json;
using OpenAI.Chat;
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
                Line("seeded", Completions, new { prompt = "Hello", temperature = 1, seed = 5, n = 3, max_tokens = 8, ignore_eos = true }),
                Line("seeded-again", Completions, new { prompt = "Hello", temperature = 1, seed = 5, n = 3, max_tokens = 8, ignore_eos = true }),
                Line("stopped", Completions, new { prompt = "Hello", temperature = 1, seed = 5, n = 3, max_tokens = 8, ignore_eos = true, stop = "s" }),
            ],
            "--chat-template", "llama3", "--max-num-seqs", "8", "--check-invariants");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        JsonElement[] lines = ReadLines(_model["answers.jsonl"]);
        Assert.Multiple(() =>
        {
            Assert.That(lines.Select(line => line.CustomId()), Is.EqualTo(new[]
            {
                "good", "unknown-model", "unknown-url", "malformed-body", "too-long", "three", "token-ids", "chat", "out-of-range", "too-many",
                "seeded", "seeded-again", "stopped",
            }));
            Assert.That(lines.Select(line => line.StatusCode()), Is.EqualTo(new[] { 200, 404, 404, 400, 400, 200, 200, 200, 400, 400, 200, 200, 200 }));
            Assert.That(lines.Select(line => line.ErrorCode()), Is.EqualTo(new[]
            {
                null, "model_not_found", "unknown_url", "invalid_value", "context_length_exceeded", null, null, null, "invalid_value", "invalid_value",
                null, null, null,
            }));
            Assert.That(lines[0].Texts(), Is.EqualTo(lines[6].Texts()), "a text and its token ids");
            Assert.That(lines[5].Texts(), Is.EqualTo(Enumerable.Repeat(lines[0].Texts()[0], 3)), "greedy answers are the same");
            Assert.That(lines[5].Usage().GetProperty("prompt_tokens").GetInt32(), Is.EqualTo(6));
            Assert.That(lines[5].Usage().GetProperty("completion_tokens").GetInt32(), Is.EqualTo(12));
            Assert.That(lines[10].Texts(), Is.Unique, "three answers are drawn apart");
            Assert.That(lines[11].Texts(), Is.EqualTo(lines[10].Texts()), "the same seed, the same answers");
            Assert.That(lines[10].Texts(), Has.Some.Contains("s"), "else the next line shows nothing");
            Assert.That(lines[12].Texts(), Is.EqualTo(lines[10].Texts().Select(text => text.Split('s')[0])), "the same up to the stop string");
            Assert.That(
                ChatOf(lines[7]).Content[0].Text,
                Is.EqualTo(lines[7].Body().GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()));
            Assert.That(ChatOf(lines[7]).Usage.OutputTokenCount, Is.InRange(1, 4));
        });
    }

    [Test]
    public void a_stop_string_ends_an_answer_and_is_not_printed_unless_asked()
    {
        object request = new { prompt = "Hello", max_tokens = 20, ignore_eos = true, temperature = 1 };
        Assert.That(Run([Line("a", Completions, request)]).ExitCode, Is.Zero);
        string whole = ReadLines(_model["answers.jsonl"])[0].Texts()[0];
        string stop = whole[3..5];
        int end = whole.IndexOf(stop, StringComparison.Ordinal);
        Assert.That(
            Run([
                Line("a", Completions, new { prompt = "Hello", max_tokens = 20, ignore_eos = true, temperature = 1, seed = 0, stop }),
                Line("b", Completions, new { prompt = "Hello", max_tokens = 20, ignore_eos = true, temperature = 1, seed = 0, stop = new[] { stop }, include_stop_str_in_output = true }),
            ]).ExitCode,
            Is.Zero);
        JsonElement[] lines = ReadLines(_model["answers.jsonl"]);
        Assert.That(lines.Select(line => line.Texts()[0]), Is.EqualTo(new[] { whole[..end], whole[..(end + 2)] }));
        Assert.That(lines[0].Body().GetProperty("choices")[0].GetProperty("finish_reason").GetString(), Is.EqualTo("stop"));
    }

    [Test]
    public void log_probabilities_stand_beside_the_tokens()
    {
        object[] messages = [new { role = "user", content = "Hello" }];
        Assert.That(
            Run(
                [
                    Line("text", Completions, new { prompt = "Hello", max_tokens = 3, ignore_eos = true, logprobs = 2 }),
                    Line("chat", Chat, new { messages, max_tokens = 3, ignore_eos = true, logprobs = true, top_logprobs = 2 }),
                ],
                "--chat-template", "llama3").ExitCode,
            Is.Zero);
        JsonElement text = ReadLines(_model["answers.jsonl"])[0].Body().GetProperty("choices")[0].GetProperty("logprobs");
        JsonElement chat = ReadLines(_model["answers.jsonl"])[1].Body().GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content");
        Assert.Multiple(() =>
        {
            foreach (string list in (string[])["tokens", "token_logprobs", "top_logprobs", "text_offset"])
                Assert.That(text.GetProperty(list).GetArrayLength(), Is.EqualTo(3), list);
            Assert.That(chat.GetArrayLength(), Is.EqualTo(3));
            foreach (JsonElement token in chat.EnumerateArray())
            {
                JsonElement likeliest = token.GetProperty("top_logprobs");
                Assert.That(likeliest.GetArrayLength(), Is.EqualTo(2));
                Assert.That(token.GetProperty("logprob").GetSingle(), Is.EqualTo(likeliest[0].GetProperty("logprob").GetSingle()), "the greedy one");
                Assert.That(likeliest[1].GetProperty("logprob").GetSingle(), Is.LessThanOrEqualTo(likeliest[0].GetProperty("logprob").GetSingle()));
            }
        });
    }

    [Test]
    public void what_the_command_line_says_holds_where_a_request_says_nothing()
    {
        Assert.That(
            Run(
                [Line("a", Completions, new { prompt = "Hello" }), Line("b", Completions, new { prompt = "Hello", n = 1, max_tokens = 3 })],
                "--n", "2", "--max-tokens", "5", "--ignore-eos", "--logprobs", "0").ExitCode,
            Is.Zero);
        JsonElement[] lines = ReadLines(_model["answers.jsonl"]);
        Assert.That(lines.Select(line => line.Texts().Length), Is.EqualTo(new[] { 2, 1 }));
        Assert.That(lines.Select(line => line.Usage().GetProperty("completion_tokens").GetInt32()), Is.EqualTo(new[] { 10, 3 }));
        Assert.That(lines[1].Body().GetProperty("choices")[0].GetProperty("logprobs").GetProperty("tokens").GetArrayLength(), Is.EqualTo(3));
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
    public void turns_that_a_chat_format_has_no_place_for_are_their_requests_fault_and_not_the_runs()
    {
        object user = new { role = "user", content = "a" };
        string[] lines =
        [
            Line("twice", Chat, new { messages = new[] { user, user }, max_tokens = 2 }),
            Line("once", Chat, new { messages = new[] { user }, max_tokens = 2 }),
        ];
        CliRun run = Run(lines, "--chat-template", "llama2");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        JsonElement[] written = ReadLines(_model["answers.jsonl"]);
        Assert.That(written.Select(line => line.StatusCode()), Is.EqualTo(new[] { 400, 200 }));
        JsonElement error = written[0].Body().GetProperty("error");
        Assert.That(error.GetProperty("param").GetString(), Is.EqualTo("messages"));
        Assert.That(error.GetProperty("message").GetString(), Does.Contain("Llama 2").And.Contain("turn 1").And.Contain("expected 'assistant'"));
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

    private static ChatCompletion ChatOf(JsonElement line) =>
        ModelReaderWriter.Read<ChatCompletion>(BinaryData.FromString(line.Body().GetRawText()))!;

    private CliRun Run(string[] lines, params string[] arguments)
    {
        File.WriteAllText(_model["requests.jsonl"], string.Concat(lines.Select(line => line + "\n")));
        return CliRun.On(_model, ["run", "-i", _model["requests.jsonl"], "-o", _model["answers.jsonl"], .. arguments]);
    }
}
