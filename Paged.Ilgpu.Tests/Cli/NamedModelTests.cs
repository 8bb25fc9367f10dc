using Paged.Ilgpu.Cli;
using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Tests.Cli.Support;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Cli;

/// <summary>A shape's name in place of a checkpoint, and checkpoints without a tokenizer: random weights, and texts as bytes.</summary>
internal sealed class NamedModelTests
{
    [Test]
    public void a_shape_opens_with_random_weights_and_a_tokenizer_of_bytes()
    {
        using LoadedModel model = LoadedModel.Open("llama-3-8b", LoadFormat.Dummy, seed: 1);
        Assert.Multiple(() =>
        {
            Assert.That(model.Name, Is.EqualTo("llama-3-8b"));
            Assert.That(model.Checkpoint.Config.LayerCount, Is.EqualTo(32));
            Assert.That(model.Checkpoint.StoredType, Is.EqualTo(ElementType.BFloat16));
            Assert.That(model.Tokenizer.Decode(model.Tokenizer.Encode("größer 🦙", addBeginOfText: true)), Is.EqualTo("größer 🦙"));
            Assert.That(model.Tokenizer.Encode("ab", addBeginOfText: true), Is.EqualTo(new[] { 256, 'a', 'b' }));
            Assert.That(model.StopIds, Is.EqualTo(new[] { 257 }));
        });
    }

    [Test]
    public void a_shape_has_no_weights_but_random_ones()
    {
        CliRun run = CliRun.Of("run", "--model", "llama-3-8b", "--prompt", "a");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Failure));
        Assert.That(run.Error, Does.Contain("llama-3-8b").And.Contain("--load-format dummy"));
    }

    [Test]
    public void the_benchmark_runs_a_configuration_without_tokenizer()
    {
        using var folder = new TestFolder();
        folder.Write("config.json", TinyModel.ConfigJson.Replace("\"vocab_size\": 9", "\"vocab_size\": 300"));
        CliRun run = CliRun.Of(
            "bench", "throughput", "--model", folder.Path, "--load-format", "dummy", "--device", "cpu", "--num-prompts", "2", "--input-len", "3",
            "--output-len", "2", "--num-blocks", "8");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        Assert.That(run.Output, Does.Contain("\"completion_tokens\":4"));
    }

    // The figures are those of the releases' model cards.
    [TestCase("""{"dim": 4096, "n_layers": 32, "n_heads": 32, "n_kv_heads": 8, "vocab_size": 128256, "ffn_dim_multiplier": 1.3, "multiple_of": 1024, "norm_eps": 1e-05, "rope_theta": 500000.0}""", 8_030_261_248)]
    [TestCase("""{"dim": 8192, "n_layers": 80, "n_heads": 64, "n_kv_heads": 8, "vocab_size": 128256, "ffn_dim_multiplier": 1.3, "multiple_of": 4096, "norm_eps": 1e-05, "rope_theta": 500000.0, "use_scaled_rope": true}""", 70_553_706_496)]
    [TestCase("""{"dim": 16384, "n_layers": 126, "n_heads": 128, "n_kv_heads": 8, "vocab_size": 128256, "ffn_dim_multiplier": 1.2, "multiple_of": 4096, "norm_eps": 1e-05, "rope_theta": 500000.0, "use_scaled_rope": true}""", 405_853_388_800)]
    public void a_release_is_planned_from_its_params_json(string json, long parameters)
    {
        using var folder = new TestFolder();
        folder.Write("params.json", json);
        string prompts = folder.Write("prompts.txt", "What is a llama?\nWhere does it live?");
        string summary = folder["summary.json"];
        CliRun run = CliRun.Of(
            "plan", "--model", folder["params.json"], "--tokenizer", SharedData.Path("llama3-tokenizer"), "-i", prompts, "--max-tokens", "20",
            "--kv-cache-memory", "80GiB", "--max-model-len", "1024", "--summary-json", summary);
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        using var plan = System.Text.Json.JsonDocument.Parse(File.ReadAllText(summary));
        Assert.That(plan.RootElement.GetProperty("parameters").GetInt64(), Is.EqualTo(parameters));
        Assert.That(plan.RootElement.GetProperty("weight_bytes").GetInt64(), Is.EqualTo(2 * parameters));
    }
}
