using System.Text.Json;
using Paged.Ilgpu.Cli;
using Paged.Ilgpu.Tests.Cli.Support;

namespace Paged.Ilgpu.Tests.Cli.Report.Page;

/// <summary>What a page is given.</summary>
internal sealed class PageDataTests
{
    [Test]
    public void the_naive_counterfactual_is_what_a_real_run_with_the_naive_cache_does()
    {
        using var model = new DummyModel();
        string prompts = model.WritePrompts([.. Enumerable.Range(0, 20).Select(index => new string('p', 1 + (index * 7 % 30)))]);
        JsonElement Data(string cache, params string[] size)
        {
            CliRun run = CliRun.On(
                model, ["run", "-i", prompts, "-o", model["answers.jsonl"], "--max-tokens", "9", "--cache", cache, .. size, "--report", model["report.html"]]);
            Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
            return ReadData(model["report.html"]);
        }

        JsonElement paged = Data("paged", "--block-size", "8", "--num-blocks", "27"); // 216 slots: three sequences of 64, and some more
        JsonElement naive = Data("naive", "--num-blocks", "3");
        Assert.That(naive.TryGetProperty("naive", out _), Is.False, "it needs no counterfactual");
        JsonElement simulated = paged.GetProperty("naive");
        JsonElement real = naive.GetProperty("runs")[0].GetProperty("frames");
        foreach (string column in new[] { "step", "running", "storedSlots", "ownedSlots" })
            Assert.That(Numbers(simulated, column), Is.EqualTo(Numbers(real, column)), column);
        Assert.That(Numbers(simulated, "ownedSlots").Max(), Is.EqualTo(3 * 64));
    }

    [Test]
    public void frames_and_requests_add_up_to_the_summary()
    {
        using var model = new DummyModel();
        CliRun run = CliRun.On(
            model, "run", "-i", model.WritePrompts("12345678", "12345", "123"), "-o", model["answers.jsonl"], "--max-tokens", "6", "--ignore-eos",
            "--block-size", "4", "--num-blocks", "6", "--no-enable-prefix-caching", "--report", model["report.html"],
            "--summary-json", model["summary.json"]);
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        JsonElement summary = JsonDocument.Parse(File.ReadAllBytes(model["summary.json"])).RootElement;
        JsonElement data = ReadData(model["report.html"]).GetProperty("runs")[0];
        JsonElement frames = data.GetProperty("frames");
        JsonElement requests = data.GetProperty("requests");
        Assert.Multiple(() =>
        {
            Assert.That(Numbers(frames, "step").Sum(), Is.EqualTo(Whole("steps")));
            Assert.That(Numbers(frames, "generatedTokens").Sum(), Is.EqualTo(Whole("completion_tokens")));
            Assert.That(Numbers(frames, "storedSlots").Average(), Is.EqualTo(Average("stored_slots")).Within(1e-9));
            Assert.That(Numbers(frames, "ownedSlots").Average(), Is.EqualTo(Average("owned_slots")).Within(1e-9));
            Assert.That(Numbers(requests, "promptTokens").Sum(), Is.EqualTo(Whole("prompt_tokens")));
            Assert.That(Numbers(requests, "answerTokens").Sum(), Is.EqualTo(Whole("completion_tokens")));
            Assert.That(Numbers(requests, "preemptions").Sum(), Is.EqualTo(Whole("preemptions")).And.GreaterThan(0));
        });

        long Whole(string key) => summary.GetProperty(key).GetInt64();
        double Average(string key) => summary.GetProperty("average").GetProperty(key).GetDouble();
    }

    [Test]
    public void a_name_that_looks_like_the_end_of_a_script_stays_a_name()
    {
        const string Name = "</script><script>alert('here')</script><!--";
        using var model = new DummyModel();
        string line = JsonSerializer.Serialize(new
        {
            custom_id = Name,
            method = "POST",
            url = "/v1/completions",
            body = new { model = Path.GetFileName(model.Path), prompt = "hello", max_tokens = 2 },
        });
        File.WriteAllText(model["batch.jsonl"], line + "\n");
        CliRun run = CliRun.On(
            model, "run", "-i", model["batch.jsonl"], "-o", model["answers.jsonl"], "--num-blocks", "8", "--report", model["report.html"]);
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        JsonElement requests = ReadData(model["report.html"]).GetProperty("runs")[0].GetProperty("requests");
        Assert.That(requests.GetProperty("name")[0].GetString(), Is.EqualTo(Name));
        Assert.That(File.ReadAllText(model["report.html"]), Does.Not.Contain("alert('here')"));
    }

    private static JsonElement ReadData(string path)
    {
        string page = File.ReadAllText(path);
        const string Begin = """<script type="application/json" id="data">""";
        int begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        return JsonDocument.Parse(page[begin..page.IndexOf("</script>", begin, StringComparison.Ordinal)]).RootElement;
    }

    private static long[] Numbers(JsonElement data, string column) => [.. data.GetProperty(column).EnumerateArray().Select(number => number.GetInt64())];
}
