using System.Text.Json;
using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Cli;
using Paged.Ilgpu.Cli.DemoModel;
using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Tests.Cli.Support;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Cli;

internal sealed class RunVerbTests
{
    [Test]
    public void a_trained_model_gives_the_reference_answers()
    {
        using var folder = new TestFolder();
        GoldenLine[] golden = [.. GoldenFile.Read().Where(line => line.Prompt.Length > 0)];
        string prompts = folder.Write("prompts.txt", string.Join('\n', golden.Select(line => line.Prompt)));
        CliRun run = CliRun.Of(
            "run", "-i", prompts, "-o", folder["answers.jsonl"], "--model", SharedData.Path("stories260K/meta"), "--device", "cpu",
            "--max-tokens", "16", "--return-token-ids", "--kv-cache-memory", "4MiB", "--check-invariants");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        JsonElement[] answers = ReadLines(folder["answers.jsonl"]);
        Assert.That(answers.Select(TokenIds), Is.EqualTo(golden.Select(line => line.GreedyTokens[..16])));
    }

    [Test]
    public void without_model_and_prompts_the_demo_model_answers_its_own_as_pinned()
    {
        using var folder = new TestFolder();
        CliRun run = CliRun.Of("run", "-n", "9", "-o", folder["answers.jsonl"], "--device", "cpu", "--return-token-ids", "--check-invariants");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        Dictionary<string, GoldenLine> golden = TrainedModel.Golden(TrainedModel.Demo).ToDictionary(line => line.Prompt);
        int compared = 0;
        foreach ((PromptRequest prompt, JsonElement answer) in PromptFile.ReadShareGpt(DemoModelFolder.Installed.Prompts).Zip(ReadLines(folder["answers.jsonl"])))
        {
            if (!golden.TryGetValue(prompt.Prompt.Display, out GoldenLine? line))
                continue;
            compared++;
            Assert.That(TokenIds(answer), Is.EqualTo(line.GreedyTokens), prompt.Prompt.Display);
            Assert.That(Body(answer).GetProperty("choices")[0].GetProperty("text").GetString(), Is.EqualTo(line.Answer), prompt.Prompt.Display);
        }

        Assert.That(compared, Is.AtLeast(2), "pinned answers among the first 9");
    }

    [Test]
    public void a_prompt_that_cannot_be_served_is_an_error_line_and_harms_no_other()
    {
        using var model = new DummyModel();
        string prompts = model.WritePrompts("short", new string('a', 63), new string('b', 64), "last");
        CliRun run = CliRun.On(model, "run", "-i", prompts, "-o", model["answers.jsonl"], "--max-tokens", "3", "--ignore-eos");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        JsonElement[] lines = ReadLines(model["answers.jsonl"]);
        Assert.Multiple(() =>
        {
            Assert.That(
                lines.Select(line => line.GetProperty("custom_id").GetString()),
                Is.EqualTo(new[] { "request-0", "request-1", "request-2", "request-3" }));
            Assert.That(lines.Select(ErrorCode), Is.EqualTo(new[] { null, "context_length_exceeded", "context_length_exceeded", null }));
            Assert.That(
                lines[1].GetProperty("error").GetProperty("message").GetString(),
                Does.Contain("64 tokens").And.Contain("--truncate-prompt-tokens"));
            Assert.That(CompletionTokens(lines[0]), Is.EqualTo(3));
            Assert.That(run.Output, Is.Empty);
        });
    }

    [Test]
    public void a_prompt_that_never_fits_the_cache_is_an_error_line()
    {
        using var model = new DummyModel();
        string prompts = model.WritePrompts("12345678901234567890", "1234567890");
        CliRun run = CliRun.On(
            model, "run", "-i", prompts, "-o", model["answers.jsonl"], "--max-tokens", "5", "--num-blocks", "1", "--ignore-eos");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        JsonElement[] lines = ReadLines(model["answers.jsonl"]);
        Assert.That(lines.Select(ErrorCode), Is.EqualTo(new[] { "kv_cache_exceeded", null }));
        Assert.That(CompletionTokens(lines[1]), Is.EqualTo(5));
    }

    [Test]
    public void a_trace_tells_the_life_of_every_block()
    {
        using var model = new DummyModel();
        string prompts = model.WritePrompts("12345678901234567890", "1234567890");
        CliRun run = CliRun.On(
            model, "run", "-i", prompts, "--max-tokens", "5", "--block-size", "4", "--num-blocks", "8", "--ignore-eos",
            "--no-enable-prefix-caching", "--cache-trace", model["trace.jsonl"]);
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        var replay = new CacheReplay();
        int events = 0;
        foreach (CacheEvent cacheEvent in CacheTrace.Read(File.ReadLines(model["trace.jsonl"]), "trace.jsonl"))
        {
            replay.Apply(cacheEvent);
            events++;
        }

        Assert.That(events, Is.GreaterThanOrEqualTo(20));
        Assert.That(replay.Tables, Is.Empty, "tables left once all requests ended");
    }

    [Test]
    public void without_a_limit_an_answer_takes_the_room_there_is()
    {
        using var model = new DummyModel();
        string prompts = model.WritePrompts("1234567", "12");
        CliRun run = CliRun.On(
            model, "run", "-i", prompts, "-o", model["answers.jsonl"], "--ignore-eos", "--num-blocks", "2", "--check-invariants");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        Assert.That(
            ReadLines(model["answers.jsonl"]).Select(CompletionTokens),
            Is.EqualTo(new[] { 33 - 8, 33 - 3 }),
            "32 slots, and the last token is never stored");
    }

    [Test]
    public void truncation_keeps_the_end_of_a_prompt()
    {
        using var model = new DummyModel();
        string prompts = model.WritePrompts(new string('a', 100) + "xyz", "xyz", "yz");
        CliRun run = CliRun.On(
            model, "run", "-i", prompts, "-o", model["answers.jsonl"], "--max-tokens", "4", "--ignore-eos",
            "--truncate-prompt-tokens", "3", "--return-token-ids");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        JsonElement[] lines = ReadLines(model["answers.jsonl"]);
        Assert.Multiple(() =>
        {
            Assert.That(lines.Select(line => Usage(line).GetProperty("prompt_tokens").GetInt32()), Is.EqualTo(new[] { 3, 3, 3 }));
            Assert.That(TokenIds(lines[0]), Is.EqualTo(TokenIds(lines[1])), "both end in xyz");
        });
    }

    [Test]
    public void a_single_prompt_is_answered_on_standard_output_and_summed_up_on_standard_error()
    {
        using var model = new DummyModel();
        CliRun run = CliRun.On(
            model, "run", "--prompt", "Hello", "--max-tokens", "2", "--ignore-eos", "--summary-json", model["summary.json"]);
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
            Assert.That(run.Output, Is.Not.Empty.And.Not.Contain("Fragmented"));
            Assert.That(run.Error.TrimEnd().Split('\n')[^1], Does.Match(@"^Fragmented Memory: [\d.,]+ GB \([\d.]+%\)$"));
        });
        JsonElement summary = JsonDocument.Parse(File.ReadAllBytes(model["summary.json"])).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(summary.GetProperty("cache").GetString(), Is.EqualTo("paged"));
            Assert.That(summary.GetProperty("answered").GetInt32(), Is.EqualTo(1));
            Assert.That(summary.GetProperty("prompt_tokens").GetInt32(), Is.EqualTo(6));
            Assert.That(summary.GetProperty("completion_tokens").GetInt32(), Is.EqualTo(2));
            Assert.That(summary.GetProperty("steps").GetInt32(), Is.EqualTo(2));
            Assert.That(summary.GetProperty("peak_sequences").GetInt32(), Is.EqualTo(1));
            Assert.That(summary.GetProperty("peak").GetProperty("stored_slots").GetInt32(), Is.EqualTo(7));
            Assert.That(summary.GetProperty("average").GetProperty("wasted_slots").GetDouble(), Is.EqualTo(9.5), "of 16 slots 10 and 9");
            Assert.That(summary.GetProperty("final").GetProperty("owned_slots").GetInt32(), Is.Zero);
        });
    }

    [Test]
    public void drawn_answers_follow_the_seed_and_not_the_company()
    {
        using var model = new DummyModel();
        string[] options = ["--temperature", "1.5", "--top-p", "0.99", "--max-tokens", "20", "--ignore-eos", "--return-token-ids"];
        int[][] answers = Run("--seed", "0", "Hello", "Hello", "Bye");
        Assert.That(answers[0], Is.EqualTo(answers[1]), "equal requests with one seed");
        Assert.That(Run("--seed", "0", "Bye")[0], Is.EqualTo(answers[2]), "alone");
        int[][] unseeded = Run("--top-k", "0", "Hello", "Hello", "Bye");
        Assert.That(unseeded[0], Is.Not.EqualTo(unseeded[1]), "equal requests with the seeds of their numbers");
        Assert.That(Run("--top-k", "0", "Hello", "Hello", "Bye"), Is.EqualTo(unseeded), "the same file again");

        int[][] Run(string option, string value, params string[] prompts)
        {
            CliRun run = CliRun.On(model, ["run", "-i", model.WritePrompts(prompts), "-o", model["answers.jsonl"], option, value, .. options]);
            Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
            return [.. ReadLines(model["answers.jsonl"]).Select(TokenIds)];
        }
    }

    [Test]
    public void an_empty_file_gives_an_empty_output()
    {
        using var model = new DummyModel();
        CliRun run = CliRun.On(model, "run", "-i", model.WritePrompts(""), "-o", model["answers.jsonl"]);
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        Assert.That(File.ReadAllText(model["answers.jsonl"]), Is.Empty);
    }

    private static JsonElement[] ReadLines(string path) => [.. File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement)];

    private static JsonElement Body(JsonElement line) => line.GetProperty("response").GetProperty("body");

    private static JsonElement Usage(JsonElement line) => Body(line).GetProperty("usage");

    private static int CompletionTokens(JsonElement line) => Usage(line).GetProperty("completion_tokens").GetInt32();

    private static int[] TokenIds(JsonElement line) =>
        [.. Body(line).GetProperty("choices")[0].GetProperty("token_ids").EnumerateArray().Select(id => id.GetInt32())];

    private static string? ErrorCode(JsonElement line) =>
        line.GetProperty("error") is { ValueKind: JsonValueKind.Object } error ? error.GetProperty("code").GetString() : null;
}
