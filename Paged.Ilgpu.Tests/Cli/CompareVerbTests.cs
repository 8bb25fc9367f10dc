using System.Text.Json;
using Paged.Ilgpu.Cli;
using Paged.Ilgpu.Cli.DemoModel;
using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Cli.Output;
using Paged.Ilgpu.Cli.Report;
using Paged.Ilgpu.Tests.Cli.Support;
using Paged.Ilgpu.Tests.Support;
using Refusal = Paged.Ilgpu.Cli.Input.Refusal;

namespace Paged.Ilgpu.Tests.Cli;

internal sealed class CompareVerbTests
{
    [Test]
    public void in_the_same_memory_paged_holds_more_sequences_with_the_same_answers()
    {
        using var model = new DummyModel();
        string prompts = model.WritePrompts([.. Enumerable.Range(0, 10).Select(index => $"{index}: prompt")]);
        CliRun run = CliRun.On(
            model, "compare", "-i", prompts, "-n", "9", "--naive-seqs", "2", "--max-tokens", "5", "--ignore-eos", "--block-size", "4",
            "--summary-json", model["summary.json"], "-o", model["answers.jsonl"]);
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        JsonElement summary = JsonDocument.Parse(File.ReadAllBytes(model["summary.json"])).RootElement;
        JsonElement naive = summary.GetProperty("naive");
        JsonElement paged = summary.GetProperty("paged");
        Assert.Multiple(() =>
        {
            Assert.That(run.Output, Does.Not.Contain("0: prompt"), "answers that go to a file");
            Assert.That(run.Output, Does.Contain("All 9 answers are identical, token for token."));
            Assert.That(run.Output, Does.Contain("naive: Fragmented Memory: ").And.Contain("paged: Fragmented Memory: "));
            Assert.That(summary.GetProperty("answers_identical").GetBoolean(), Is.True);
            Assert.That(naive.GetProperty("peak_sequences").GetInt32(), Is.EqualTo(2));
            Assert.That(paged.GetProperty("peak_sequences").GetInt32(), Is.AtLeast(6));
            Assert.That(paged.GetProperty("kv_cache_bytes").GetInt64(), Is.EqualTo(naive.GetProperty("kv_cache_bytes").GetInt64()));
            Assert.That(naive.GetProperty("total_slots").GetInt32(), Is.EqualTo(128));
            Assert.That(File.ReadLines(model["answers.jsonl"]).Count(), Is.EqualTo(9));
        });
    }

    [Test]
    public void without_options_the_demo_model_shows_its_answers_and_at_least_five_times_as_many_sequences()
    {
        using var folder = new TestFolder();
        CliRun run = CliRun.Of("compare", "-n", "24", "--max-tokens", "16", "--device", "cpu", "--summary-json", folder["summary.json"]);
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        JsonElement summary = JsonDocument.Parse(File.ReadAllBytes(folder["summary.json"])).RootElement;
        int Peak(string method) => summary.GetProperty(method).GetProperty("peak_sequences").GetInt32();
        Assert.Multiple(() =>
        {
            foreach (PromptRequest prompt in PromptFile.ReadShareGpt(DemoModelFolder.Installed.Prompts).Take(24))
                Assert.That(run.Output, Does.Contain(prompt.Prompt.Display[..Math.Min(40, prompt.Prompt.Display.Length)].TrimEnd()));
            Assert.That(run.Output, Does.Contain("All 24 answers are identical, token for token."));
            Assert.That(Peak("naive"), Is.EqualTo(4));
            Assert.That(Peak("paged"), Is.AtLeast(5 * Peak("naive")));
        });
    }

    [Test]
    public void other_answers_are_counted_and_the_first_is_named()
    {
        Outcome[] first = [Answer(0, 1, 2), Answer(1, 3), new AnswerError(2, "request-2", new Refusal("a", ""))];
        Outcome[] second = [Answer(0, 1, 2), Answer(1, 4), new AnswerError(2, "request-2", new Refusal("b", ""))];
        AnswerDifference difference = AnswerDifference.Between(first, second);
        Assert.That(difference.IsNone, Is.False);
        Assert.That(difference.Sentence, Does.StartWith("2 of 3 answers differ").And.Contain("request-1"));
        Assert.That(AnswerDifference.Between(first, first).IsNone, Is.True);
    }

    private static Answer Answer(int index, params int[] ids) => new(index, $"request-{index}", [new AnswerChoice("", ids, "length")], PromptTokens: 1, CachedTokens: 0);
}
