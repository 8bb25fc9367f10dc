using System.CommandLine;
using Paged.Ilgpu.Cli;
using Paged.Ilgpu.Tests.Cli.Support;

namespace Paged.Ilgpu.Tests.Cli;

/// <summary>What is refused before anything is begun, and what is not.</summary>
internal sealed class CommandLineTests
{
    private static readonly string[] Run = ["run", "-i", "prompts.txt", "--model", "model"];

    [TestCase("--block-size", "12", "power of two")]
    [TestCase("--block-size", "0", "power of two")]
    [TestCase("--block-size", "-16", "power of two")]
    [TestCase("--block-size", "sixteen", "power of two")]
    [TestCase("--num-blocks", "0", "at least 1")]
    [TestCase("--num-blocks", "99999999999", "whole number")]
    [TestCase("--kv-cache-memory", "much", "7.5GiB")]
    [TestCase("--kv-cache-memory", "0", "7.5GiB")]
    [TestCase("--kv-cache-memory", "-1GiB", "7.5GiB")]
    [TestCase("--device-memory", "24 gigs", "7.5GiB")]
    [TestCase("--swap-space", "1TB?", "7.5GiB")]
    [TestCase("--gpu-memory-utilization", "0", "above 0, up to 1")]
    [TestCase("--gpu-memory-utilization", "1.01", "above 0, up to 1")]
    [TestCase("--gpu-memory-utilization", "NaN", "above 0, up to 1")]
    [TestCase("--max-model-len", "1", "at least 2")]
    [TestCase("--max-num-seqs", "0", "at least 1")]
    [TestCase("--max-num-batched-tokens", "0", "at least 1")]
    [TestCase("--long-prefill-token-threshold", "-1", "at least 0")]
    [TestCase("--max-tokens", "0", "at least 1")]
    [TestCase("--num-requests", "0", "at least 1")]
    [TestCase("--truncate-prompt-tokens", "0", "at least 1")]
    [TestCase("--seed", "-1", "at least 0")]
    [TestCase("--temperature", "2.1", "from 0 to 2")]
    [TestCase("--temperature", "-0.1", "from 0 to 2")]
    [TestCase("--temperature", "NaN", "from 0 to 2")]
    [TestCase("--temperature", "hot", "from 0 to 2")]
    [TestCase("--top-p", "0", "above 0, at most 1")]
    [TestCase("--top-p", "1.1", "above 0, at most 1")]
    [TestCase("--top-k", "-1", "at least 0")]
    [TestCase("--min-p", "2", "from 0 to 1")]
    [TestCase("--repetition-penalty", "0", "above 0")]
    [TestCase("--presence-penalty", "2.5", "from -2 to 2")]
    [TestCase("--frequency-penalty", "-2.5", "from -2 to 2")]
    [TestCase("--logit-bias", "5", "a token id, then + or -")]
    [TestCase("--logit-bias", "5+101", "up to 100")]
    [TestCase("--logit-bias", "x+1", "a token id")]
    [TestCase("--stop", "", "at least one character")]
    [TestCase("--stop-token-ids", "-2", "at least 0")]
    [TestCase("--min-tokens", "-1", "at least 0")]
    [TestCase("--logprobs", "21", "from 0 to 20")]
    [TestCase("--n", "0", "at least 1")]
    [TestCase("--device", "gpu", "cuda, opencl or cpu")]
    [TestCase("--device", "cpu:x", "cuda, opencl or cpu")]
    [TestCase("--cache", "none", "paged or naive")]
    [TestCase("--dtype", "int8", "auto, float32, bfloat16 or float16")]
    [TestCase("--quantization", "int4", "none or int8")]
    [TestCase("--kv-cache-dtype", "fp8", "auto, float32, bfloat16 or float16")]
    [TestCase("--preemption-mode", "drop", "recompute or swap")]
    [TestCase("--scheduling-policy", "lifo", "fcfs or priority")]
    [TestCase("--chat-template", "alpaca", "auto, llama3, llama2, chatml, zephyr or none")]
    [TestCase("--load-format", "gguf", "auto or dummy")]
    public void a_value_out_of_its_range_is_named_with_its_option_and_what_is_expected(string option, string value, string expected)
    {
        CliRun run = CliRun.Of([.. Run, option, value]);
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(CommandLine.UsageError));
            Assert.That(run.Output, Is.Empty);
            Assert.That(run.Error, Does.StartWith($"The option {option} is \"{value}\"; expected is ").And.Contains(expected));
            Assert.That(run.Error.Split('\n')[1], Is.EqualTo("See paged run --help."));
        });
    }

    [TestCase("--model")]
    [TestCase("run", "--model", "m", "-i", "a.txt", "--prompt", "b")]
    [TestCase("run", "-i", "a.txt", "--model", "m", "--no-such-option")]
    [TestCase("run", "-i", "a.txt", "--model", "m", "--block-size", "16", "--block-size", "32")]
    [TestCase("run", "-i", "a.txt", "--model", "m", "--enable-prefix-caching", "--no-enable-prefix-caching")]
    [TestCase("run", "--prompt", "b", "-n", "3", "--model", "m")]
    [TestCase("run", "--prompt", "b", "--model", "m", "--min-tokens", "5", "--max-tokens", "4")]
    [TestCase("compare", "-i", "a.txt", "--model", "m", "--cache", "naive")]
    [TestCase("compare", "-i", "a.txt", "--model", "m", "--naive-seqs", "4", "--kv-cache-memory", "1GiB")]
    [TestCase("tokenize")]
    [TestCase("tokenize", "--model", "m", "text", "--decode", "1")]
    [TestCase("tokenize", "--model", "m", "--decode", "one")]
    [TestCase("bench", "throughput", "--model", "m", "--num-prompts", "0")]
    [TestCase("bench", "accuracy", "-n", "0")]
    [TestCase("bench")]
    [TestCase("serve")]
    [TestCase]
    public void a_command_line_that_makes_no_sense_is_not_begun(params string[] arguments)
    {
        CliRun run = CliRun.Of(arguments);
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.UsageError));
        Assert.That(run.Output, Is.Empty);
        Assert.That(run.Error, Does.Contain("--help.").And.Not.Contains("   at "));
    }

    [TestCase("--help")]
    [TestCase("run", "--help")]
    [TestCase("compare", "-h")]
    [TestCase("bench", "throughput", "--help")]
    [TestCase("bench", "accuracy", "--help")]
    [TestCase("tokenize", "--help")]
    [TestCase("devices", "--help")]
    public void help_needs_no_other_option(params string[] arguments)
    {
        CliRun run = CliRun.Of(arguments);
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success));
        Assert.That(run.Output, Does.Contain("  paged"));
        Assert.That(run.Error, Is.Empty);
    }

    [TestCase("run")]
    [TestCase("compare")]
    [TestCase("plan")]
    [TestCase("bench", "throughput")]
    [TestCase("bench", "accuracy")]
    [TestCase("tokenize", "text")]
    public void model_and_prompts_may_be_left_out(params string[] arguments) => Assert.That(CommandLine.Parse(arguments).Errors, Is.Empty);

    [TestCase("--prompt", "@user hello")]
    [TestCase("--prompt", "-5 + 3 =")]
    [TestCase("--prompt", "")]
    public void a_prompt_may_be_any_text(params string[] prompt)
    {
        ParseResult parsed = CommandLine.Parse(["run", .. prompt, "--model", "m"]);
        Assert.That(parsed.Errors, Is.Empty);
        Assert.That(parsed.GetValue<string>("--prompt"), Is.EqualTo(prompt[1]));
    }

    [Test]
    public void every_common_option_is_understood()
    {
        string[] options =
        [
            "--device", "opencl:1", "--cache", "naive", "--block-size", "32", "--kv-cache-memory", "7.5GiB", "--num-blocks", "9",
            "--gpu-memory-utilization", "0.5", "--device-memory", "24GiB", "--max-model-len", "100", "--max-num-seqs", "3",
            "--max-num-batched-tokens", "64", "--no-enable-chunked-prefill", "--no-enable-prefix-caching", "--preemption-mode", "swap",
            "--swap-space", "1GB", "--long-prefill-token-threshold", "5", "--scheduling-policy", "priority", "--dtype", "float16",
            "--kv-cache-dtype", "bfloat16", "--load-format", "dummy", "--seed", "7", "-n", "3", "--max-tokens", "5", "--temperature", "0",
            "--top-p", "0.9", "--top-k", "40", "--min-p", "0.05", "--repetition-penalty", "1.1", "--presence-penalty", "-1",
            "--frequency-penalty", "0.5", "--logit-bias", "5+1.5", "--logit-bias", "6-100", "--stop", "\n\n", "--stop", "-x", "--stop-token-ids",
            "7", "--include-stop-str-in-output", "--min-tokens", "2", "--logprobs", "5", "--n", "2",
            "--ignore-eos", "--return-token-ids", "--chat-template", "llama3", "--system", "Be brief.", "--truncate-prompt-tokens", "9",
            "--summary-json", "s.json", "-o", "o.jsonl", "--check-invariants", "--verbose",
        ];
        Assert.That(CommandLine.Parse([.. Run, .. options]).Errors, Is.Empty);
    }
}
