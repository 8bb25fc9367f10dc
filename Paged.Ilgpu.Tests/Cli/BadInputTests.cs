using Paged.Ilgpu.Cli;
using Paged.Ilgpu.Tests.Cli.Support;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Cli;

/// <summary>Files and devices that are not as they must be: one sentence, exit code 1, no stack trace.</summary>
internal sealed class BadInputTests
{
    [Test]
    public void an_absent_file_of_prompts_is_named() => Refused(["-i", "no-such-file.txt"], "no-such-file.txt", "does not exist");

    [Test]
    public void a_file_of_prompts_that_is_not_json_is_named()
    {
        using var folder = new TestFolder();
        Refused(["-i", folder.Write("prompts.json", "[{")], "prompts.json", "is not JSON");
    }

    [Test]
    public void a_file_of_prompts_of_an_unknown_kind_is_named() => Refused(["-i", "prompts.csv"], "prompts.csv", ".csv");

    [Test]
    public void an_output_that_cannot_be_written_is_said_first()
    {
        using var folder = new TestFolder();
        Refused(["-i", "no-such-file.txt", "-o", folder["no/such/folder.jsonl"]], "output file", "folder.jsonl");
    }

    [Test]
    public void the_prompts_are_not_overwritten_by_the_answers()
    {
        using var folder = new TestFolder();
        string path = folder.Write("prompts.txt", "one\ntwo\n");
        Refused(["-i", path, "-o", path], "prompts.txt", "is the file of prompts");
        Assert.That(File.ReadAllText(path), Is.EqualTo("one\ntwo\n"));
    }

    [Test]
    public void an_absent_model_is_named() => Refused(["--prompt", "a", "--model", "no-such-model"], "no-such-model");

    [Test]
    public void a_truncated_checkpoint_is_named()
    {
        using var folder = new TestFolder();
        TinyModel.WriteMeta(folder);
        string path = folder["consolidated.00.pth"];
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..1000]);
        Refused(["--prompt", "a", "--model", folder.Path], "consolidated.00.pth");
    }

    [Test]
    public void a_model_without_a_tokenizer_is_named()
    {
        using var folder = new TestFolder();
        TinyModel.WriteMeta(folder);
        Refused(["--prompt", "a", "--model", folder.Path], "tokenizer.model", folder.Path);
    }

    [Test]
    public void a_tokenizer_of_another_model_is_refused()
    {
        using var folder = new TestFolder();
        TinyModel.WriteMeta(folder);
        folder.Write("tokenizer.model", Tokenization.SmallVocabulary.Tiktoken());
        Refused(["--prompt", "a", "--model", folder.Path], "512 ids", "9 rows");
    }

    [Test]
    public void an_absent_device_is_named_with_those_that_are_there()
    {
        using var model = new DummyModel();
        Refused(["--prompt", "a", "--model", model.Path, "--load-format", "dummy", "--device", "cpu:7"], "--device", "cpu:7", "cpu:0");
    }

    [Test]
    public void a_length_beyond_the_models_is_refused()
    {
        using var model = new DummyModel();
        Refused(["--prompt", "a", .. On(model), "--max-model-len", "65"], "--max-model-len", "65", "64");
    }

    [Test]
    public void a_cache_larger_than_memory_is_refused()
    {
        using var model = new DummyModel();
        Refused(["--prompt", "a", .. On(model), "--kv-cache-memory", "9000000GiB"], "too little memory", "--kv-cache-memory");
    }

    [Test]
    public void a_system_text_without_a_dialog_is_refused()
    {
        using var model = new DummyModel();
        Refused(["--prompt", "a", .. On(model), "--system", "Be brief."], "--system");
    }

    [TestCase("--stop-token-ids", "512", "stop_token_ids is 512", "0 to 511")]
    [TestCase("--logit-bias", "512+1", "logit_bias is 512", "0 to 511")]
    [TestCase("--n", "300", "--n is 300", "at most 256")]
    public void an_option_that_would_refuse_every_request_stops_the_run(string option, string value, params string[] parts)
    {
        using var model = new DummyModel();
        Refused(["--prompt", "a", .. On(model), option, value], parts);
    }

    [Test]
    public void verbose_shows_where_an_error_came_from()
    {
        CliRun run = CliRun.Of("run", "-i", "no-such-file.txt", "--model", "model", "--verbose");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Failure));
        Assert.That(run.Error, Does.Contain("no-such-file.txt").And.Contain("   at "));
    }

    private static string[] On(DummyModel model) => ["--model", model.Path, "--load-format", "dummy", "--device", "cpu"];

    private static void Refused(string[] arguments, params string[] parts)
    {
        CliRun run = CliRun.Of(["run", .. arguments, .. arguments.Contains("--model") ? (string[])[] : ["--model", "model"]]);
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
