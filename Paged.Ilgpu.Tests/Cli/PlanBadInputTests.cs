using Paged.Ilgpu.Cli;
using Paged.Ilgpu.Tests.Cli.Support;

namespace Paged.Ilgpu.Tests.Cli;

/// <summary>What a plan refuses: one sentence each.</summary>
internal sealed class PlanBadInputTests
{
    [TestCase("--kv-cache-memory", "much", "7.5GiB")]
    [TestCase("--device-memory", "24 gigs", "7.5GiB")]
    [TestCase("--block-size", "12", "power of two")]
    [TestCase("--repeat", "0", "at least 1")]
    [TestCase("--max-tokens", "none", "at least 1")]
    [TestCase("--sweep", "block-size", "such as block-size=1,8,16,32")]
    [TestCase("--sweep", "block-size=", "powers of two")]
    [TestCase("--sweep", "block-size=8,,16", "powers of two")]
    [TestCase("--sweep", "block-size=8,12", "powers of two")]
    [TestCase("--sweep", "max-num-seqs=8", "block-size=")]
    public void a_value_out_of_its_range_is_named_with_its_option_and_what_is_expected(string option, string value, string expected)
    {
        CliRun run = CliRun.Of("plan", "-i", "prompts.txt", "--model", "llama-3-8b", option, value);
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.UsageError));
        Assert.That(run.Error, Does.StartWith($"The option {option} is \"{value}\"; expected is ").And.Contains(expected));
    }

    [TestCase("--device", "cpu")]
    [TestCase("-o", "answers.jsonl")]
    [TestCase("--served-model-name", "name")]
    public void what_is_for_answers_is_no_option(string option, string value) =>
        Assert.That(CliRun.Of("plan", "-i", "prompts.txt", "--model", "llama-3-8b", option, value).ExitCode, Is.EqualTo(CommandLine.UsageError));

    [Test]
    public void a_pool_smaller_than_one_block_is_refused() =>
        Refused(["--kv-cache-memory", "500"], "500 bytes", "one block of 16 tokens takes 512");

    [Test]
    public void weights_larger_than_the_device_are_refused() => Refused(["--device-memory", "10KB"], "The weights take", "--device-memory");

    [Test]
    public void weights_and_cache_larger_than_the_device_are_refused() =>
        Refused(["--device-memory", "100KB", "--kv-cache-memory", "99KB"], "together", "--device-memory");

    [Test]
    public void no_memory_at_all_is_refused() => Refused([], "--kv-cache-memory SIZE, --device-memory SIZE and --num-blocks N");

    [Test]
    public void a_length_beyond_the_models_is_refused() => Refused(["--num-blocks", "9", "--max-model-len", "65"], "--max-model-len", "65", "64");

    [Test]
    public void block_tables_beyond_any_array_are_refused() =>
        Refused(["--num-blocks", "9", "--block-size", "1", "--max-num-seqs", "2000000000"], "--max-num-seqs");

    [Test]
    public void an_unknown_shape_is_named_with_the_known_ones() =>
        RefusedFor("llama-9-1t", ["--num-blocks", "9"], "llama-9-1t", "params.json", "llama-3-8b", "llama-3.1-405b");

    [Test]
    public void a_file_that_is_no_configuration_is_named()
    {
        using var model = new DummyModel();
        RefusedFor(model["tokenizer.model"], ["--num-blocks", "9"], "tokenizer.model", "params.json or config.json");
    }

    private static void Refused(string[] arguments, params string[] parts)
    {
        using var model = new DummyModel();
        RefusedFor(model.Path, arguments, parts);
    }

    private static void RefusedFor(string model, string[] arguments, params string[] parts)
    {
        using var prompts = new DummyModel();
        CliRun run = CliRun.Of(["plan", "-i", prompts.WritePrompts("a"), "--model", model, "--max-tokens", "3", .. arguments]);
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Failure));
            Assert.That(run.Output, Is.Empty);
            Assert.That(run.Error.TrimEnd('\n'), Does.Not.Contain("\n"), "one sentence");
            foreach (string part in parts)
                Assert.That(run.Error, Does.Contain(part));
        });
    }
}
