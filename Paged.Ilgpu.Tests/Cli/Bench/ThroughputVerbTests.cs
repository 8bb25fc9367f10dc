using System.Text.Json;
using Paged.Ilgpu.Cli;
using Paged.Ilgpu.Tests.Cli.Support;

namespace Paged.Ilgpu.Tests.Cli.Bench;

internal sealed class ThroughputVerbTests
{
    [Test]
    public void random_prompts_are_answered_at_their_length_and_the_last_line_is_json()
    {
        using var model = new DummyModel();
        CliRun run = CliRun.On(
            model, "bench", "throughput", "--num-prompts", "3", "--input-len", "4", "--output-len", "5", "--num-blocks", "20",
            "--output-json", model["figures.json"]);
        JsonElement result = LastLine(run);
        Assert.Multiple(() =>
        {
            Assert.That(Whole(result, "requests"), Is.EqualTo(3));
            Assert.That(Whole(result, "prompt_tokens"), Is.EqualTo(12));
            Assert.That(Whole(result, "completion_tokens"), Is.EqualTo(15));
            Assert.That(Whole(result, "peak_sequences"), Is.EqualTo(3));
            Assert.That(Whole(result, "steps"), Is.EqualTo(5));
            Assert.That(Number(result, "average_kv_cache_usage"), Is.EqualTo(3 / 20.0).Within(1e-9), "a block each");
            Assert.That(Number(result, "average_kv_cache_waste"), Is.EqualTo(3 * (16 - 6) / 320.0).Within(1e-9), "four to eight tokens in a block of 16");
            Assert.That(Number(result, "requests_per_second") * 15, Is.EqualTo(Number(result, "completion_tokens_per_second") * 3).Within(1e-6));
            Assert.That(Number(result, "mean_ttft_ms"), Is.GreaterThan(0).And.LessThanOrEqualTo(1000 * Number(result, "seconds")));
            Assert.That(Number(result, "p99_tpot_ms"), Is.GreaterThan(0).And.LessThanOrEqualTo(1000 * Number(result, "seconds") / 4));
            Assert.That(run.Output, Does.Match(@"\nThroughput: [\d.,]+ requests/s, [\d.,]+ total tokens/s, [\d.,]+ output tokens/s\n"));
        });
        JsonElement file = JsonDocument.Parse(File.ReadAllBytes(model["figures.json"])).RootElement;
        Assert.That(JsonElement.DeepEquals(file, result), Is.True, "the file has the same figures");
    }

    [Test]
    public void conversations_are_answered_as_long_as_the_file_records()
    {
        using var model = new DummyModel();
        // Ids are bytes, and one more begins a prompt.
        string path = Conversations(model, ("what is it", "a riddle"), ("hi", "hello"), ("a long story", new string('x', 60)), ("fine then", "yes"));
        CliRun run = CliRun.On(
            model, "bench", "throughput", "--dataset", "sharegpt", "--dataset-path", path, "--num-prompts", "3", "--num-blocks", "20");
        JsonElement result = LastLine(run);
        Assert.Multiple(() =>
        {
            Assert.That(run.Output, Does.Contain("3 requests drawn from 1 of 4 conversations"), "too short a prompt, too long, too short an answer");
            Assert.That(Whole(result, "prompt_tokens"), Is.EqualTo(3 * 11));
            Assert.That(Whole(result, "completion_tokens"), Is.EqualTo(3 * 8));
        });
    }

    [Test]
    public void the_seed_decides_which_conversations_are_drawn()
    {
        using var model = new DummyModel();
        string path = Conversations(model, [.. Enumerable.Range(4, 30).Select(length => (new string('p', length), new string('a', length)))]);
        long Drawn(string seed) => Whole(
            LastLine(CliRun.On(
                model, "bench", "throughput", "--dataset", "sharegpt", "--dataset-path", path, "--num-prompts", "3", "--num-blocks", "20", "--seed", seed)),
            "completion_tokens");
        long[] drawn = [.. new[] { "1", "1", "2", "3" }.Select(Drawn)];
        Assert.That(drawn[1], Is.EqualTo(drawn[0]));
        Assert.That(drawn[2..], Has.Some.Not.EqualTo(drawn[0]));
    }

    [TestCase("--dataset-path FILE", "--dataset", "sharegpt")]
    [TestCase("--input-len is for random", "--dataset", "sharegpt", "--dataset-path", "x.json", "--input-len", "3")]
    [TestCase("--dataset-path is for --dataset sharegpt", "--dataset-path", "x.json")]
    public void options_that_do_not_go_together_are_named(string message, params string[] arguments)
    {
        CliRun run = CliRun.Of(["bench", "throughput", "--model", "m", .. arguments]);
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.UsageError));
        Assert.That(run.Error, Does.Contain(message));
    }

    [Test]
    public void lengths_that_do_not_fit_the_model_are_refused()
    {
        using var model = new DummyModel();
        CliRun random = CliRun.On(model, "bench", "throughput", "--input-len", "40", "--output-len", "25", "--num-blocks", "20");
        Assert.That(random.ExitCode, Is.EqualTo(CommandLine.Failure));
        Assert.That(random.Error, Does.Contain("40 tokens (--input-len)").And.Contain("at most 64 together"));
        string path = Conversations(model, ("hi", "hello"));
        CliRun drawn = CliRun.On(model, "bench", "throughput", "--dataset", "sharegpt", "--dataset-path", path, "--num-blocks", "20");
        Assert.That(drawn.ExitCode, Is.EqualTo(CommandLine.Failure));
        Assert.That(drawn.Error, Does.Contain("1 conversations and none to measure by"));
    }

    private static string Conversations(DummyModel model, params (string Prompt, string Answer)[] turns)
    {
        string path = model["conversations.json"];
        File.WriteAllText(path, JsonSerializer.Serialize(turns.Select(
            turn => new { conversations = new[] { new { from = "human", value = turn.Prompt }, new { from = "gpt", value = turn.Answer } } })));
        return path;
    }

    private static JsonElement LastLine(CliRun run)
    {
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        return JsonDocument.Parse(run.Output.TrimEnd().Split('\n')[^1]).RootElement;
    }

    private static long Whole(JsonElement result, string key) => result.GetProperty(key).GetInt64();

    private static double Number(JsonElement result, string key) => result.GetProperty(key).GetDouble();
}
