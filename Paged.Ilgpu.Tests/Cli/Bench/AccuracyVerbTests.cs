using System.Text.Json;
using Paged.Ilgpu.Cli;
using Paged.Ilgpu.Cli.Bench;
using Paged.Ilgpu.Cli.DemoModel;
using Paged.Ilgpu.Tests.Cli.Support;

namespace Paged.Ilgpu.Tests.Cli.Bench;

internal sealed class AccuracyVerbTests
{
    [Test]
    public void right_answers_are_counted_by_task()
    {
        var result = new AccuracyResult
        {
            Tasks = AccuracyResult.ByTask([("spell", true), ("add", true), ("spell", false), ("spell", true)]),
            CompletionTokens = 1,
            Seconds = 1,
        };
        Assert.That(result.Tasks.Keys, Is.EqualTo(new[] { "add", "spell" }));
        Assert.That(result.Tasks["spell"], Is.EqualTo(new AccuracyOfTask(2, 3)));
        Assert.That((result.Right, result.Asked, result.ExactMatchPercent), Is.EqualTo((3, 4, 75.0)));
    }

    // The training program measured all 1,000 questions by arithmetic of its own; 40 of them tell whether the engine agrees.
    [Test]
    public void the_engine_reaches_about_the_score_that_training_measured()
    {
        CliRun run = CliRun.Of("bench", "accuracy", "-n", "40", "--device", "cpu", "--max-model-len", "512");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        JsonElement measured = JsonDocument.Parse(run.Output.TrimEnd().Split('\n')[^1]).RootElement;
        JsonElement trained = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(DemoModelFolder.Installed.Path, "score.json"))).RootElement;
        Assert.That(measured.GetProperty("asked").GetInt32(), Is.EqualTo(40));
        Assert.That(Percent(measured), Is.EqualTo(Percent(trained)).Within(15));

        static double Percent(JsonElement score) => score.GetProperty("exact_match_percent").GetDouble();
    }

    [Test]
    public void a_model_without_held_out_questions_is_refused()
    {
        using var model = new DummyModel();
        CliRun run = CliRun.On(model, "bench", "accuracy");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Failure));
        Assert.That(run.Error, Does.Contain("held-out.jsonl"));
    }
}
