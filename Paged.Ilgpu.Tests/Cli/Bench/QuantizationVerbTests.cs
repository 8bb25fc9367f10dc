using System.Text.Json;
using Paged.Ilgpu.Cli;
using Paged.Ilgpu.Cli.Bench;
using Paged.Ilgpu.Tests.Cli.Support;

namespace Paged.Ilgpu.Tests.Cli.Bench;

internal sealed class QuantizationVerbTests
{
    [Test]
    public void int8_takes_less_memory_and_changes_the_demo_models_logits_little()
    {
        CliRun run = CliRun.Of(
            "bench", "quantization", "--num-prompts", "4", "--output-len", "4", "--device", "cpu", "--max-model-len", "256", "--kv-cache-memory", "32MiB");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        JsonElement result = JsonDocument.Parse(run.Output.TrimEnd().Split('\n')[^1]).RootElement;
        JsonElement logits = result.GetProperty("logits");
        Assert.Multiple(() =>
        {
            Assert.That(result.GetProperty("weight_type").GetString(), Is.EqualTo("bfloat16"));
            Assert.That(Number(result.GetProperty("int8"), "weight_bytes"), Is.LessThan(0.75 * Number(result.GetProperty("plain"), "weight_bytes")));
            Assert.That(Number(result.GetProperty("int8"), "completion_tokens_per_second"), Is.GreaterThan(0));
            Assert.That(Number(logits, "rows"), Is.EqualTo(16));
            Assert.That(Number(logits, "mean_error"), Is.GreaterThan(0).And.LessThan(0.1 * Number(logits, "spread")));
            Assert.That(Number(logits, "top_token_agreement"), Is.GreaterThan(0.8));
            Assert.That(Number(logits, "mean_kl_divergence"), Is.GreaterThan(0).And.LessThan(0.1));
        });

        static double Number(JsonElement part, string name) => part.GetProperty(name).GetDouble();
    }

    [Test]
    public void the_quantization_is_not_the_users_to_choose()
    {
        CliRun run = CliRun.Of("bench", "quantization", "--quantization", "int8");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.UsageError));
        Assert.That(run.Error, Does.Contain("expected is no --quantization"));
    }

    // Two tokens, of odds 3 to 1 where 1 to 1 was expected: ln(1/2 / 3/4) / 2 + ln(1/2 / 1/4) / 2.
    [Test]
    public void the_divergence_is_that_of_the_distributions() => Assert.That(
        LogitDifference.KlDivergence([5, 5], [MathF.Log(3), 0]), Is.EqualTo(0.5 * Math.Log(4.0 / 3)).Within(1e-6));
}
