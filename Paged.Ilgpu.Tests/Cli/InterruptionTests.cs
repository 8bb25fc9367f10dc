using System.Globalization;
using Paged.Ilgpu.Cli;
using Paged.Ilgpu.Tests.Cli.Support;
using static Paged.Ilgpu.Tests.Cli.Support.BatchFiles;

namespace Paged.Ilgpu.Tests.Cli;

/// <summary>Ctrl-C, standard input, and an output that takes no more.</summary>
[Platform(Exclude = "Win")]
internal sealed class InterruptionTests
{
    private const int SigInt = 2;
    private const int SigTerm = 15;

    private DummyModel _model = null!;

    [SetUp]
    public void CreateModel() => _model = new DummyModel();

    [TearDown]
    public void DeleteModel() => _model.Dispose();

    [TestCase(SigInt)]
    [TestCase(SigTerm)]
    public void an_interrupted_run_writes_what_is_done_and_sums_up(int signal)
    {
        if (IsIgnored(signal))
            Assert.Ignore($"signal {signal} is ignored where these tests run, and so by every process they start");
        const int Count = 2_000;
        File.WriteAllLines(_model["requests.jsonl"], Enumerable.Range(0, Count).Select(index => Line($"{index}", Completions, new { prompt = "a" })));
        string[] arguments = ["run", "-i", _model["requests.jsonl"], "-o", _model["answers.jsonl"], "--ignore-eos", "--max-num-seqs", "4"];
        using PagedProcess process = PagedProcess.On(_model, [.. arguments, "--summary-json", _model["summary.json"]]);
        process.WaitForLength(_model["answers.jsonl"], 1);
        process.Interrupt(signal);
        CliRun run = process.Wait();
        string?[] names = [.. ReadLines(_model["answers.jsonl"]).Select(line => line.CustomId())];
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Interrupted), run.Error);
            Assert.That(run.Error, Does.Contain($"Interrupted: {Count - names.Length:N0} of 2,000 requests have no answer yet; --resume goes on with them."));
            Assert.That(names, Has.Length.InRange(1, Count - 1));
            Assert.That(
                ReadLines(_model["answers.jsonl"]).Length,
                Is.EqualTo(System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(_model["summary.json"])).RootElement.GetProperty("answered").GetInt32()));
        });
    }

    [TestCase("jsonl", "auto")]
    [TestCase("txt", "txt")]
    public void standard_input_is_a_file_like_any_other(string kind, string format)
    {
        string[] prompts = ["{one", "two"];
        string input = kind == "txt"
            ? string.Join('\n', prompts)
            : string.Join('\n', prompts.Select((prompt, index) => Line($"request-{index}", Completions, new { prompt })));
        using PagedProcess process = PagedProcess.On(
            _model, "run", "-i", "-", "--input-format", format, "-o", _model["answers.jsonl"], "--max-tokens", "3");
        process.Feed(input);
        CliRun run = process.Wait();
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(ReadLines(_model["answers.jsonl"]).Select(line => line.Usage().GetProperty("prompt_tokens").GetInt32()), Is.EqualTo(new[] { 5, 4 }));
    }

    [Test]
    [Platform("Linux")]
    public void an_output_that_takes_no_more_ends_the_run()
    {
        CliRun run = CliRun.On(_model, "run", "-i", _model.WritePrompts("a"), "-o", "/dev/full", "--max-tokens", "3");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Failure));
        Assert.That(run.Error.TrimEnd().Split('\n')[^1], Does.StartWith("The answers could not be written any further: "));
    }

    [TestCase("--summary-json")]
    [TestCase("--report")]
    [TestCase("--cache-trace")]
    [Platform("Linux")]
    public void any_file_that_takes_no_more_is_told_in_a_sentence(string option)
    {
        CliRun run = CliRun.On(_model, "run", "-i", _model.WritePrompts("a"), "-o", _model["answers.jsonl"], option, "/dev/full", "--max-tokens", "3");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Failure));
        Assert.That(run.Error.TrimEnd().Split('\n')[^1], Does.Contain("/dev/full").And.Not.Contain("   at "));
    }

    [Test]
    [Platform("Linux")]
    public void an_output_cut_off_by_the_file_system_is_whole_lines_and_can_be_resumed()
    {
        const int Count = 100;
        const int Limit = 20; // blocks of 512 bytes, in the midst of a line
        File.WriteAllLines(_model["requests.jsonl"], Enumerable.Range(0, Count).Select(index => Line($"{index}", Completions, new { prompt = "a", max_tokens = 2 })));
        string[] arguments = ["run", "-i", _model["requests.jsonl"], "-o", _model["answers.jsonl"]];
        using PagedProcess process = PagedProcess.WithLongestFile(Limit, _model, arguments);
        CliRun run = process.Wait();
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Failure), run.Error);
        Assert.That(run.Error.TrimEnd().Split('\n')[^1], Does.StartWith("The answers could not be written any further: ").And.EndsWith("--resume goes on from them."));
        string written = File.ReadAllText(_model["answers.jsonl"]);
        int answered = ReadLines(_model["answers.jsonl"]).Length;
        Assert.That(written, Does.EndWith("}\n").And.Length.InRange(Limit * 512 * 9 / 10, Limit * 512));
        Assert.That(answered, Is.InRange(1, Count - 1));

        CliRun resumed = CliRun.On(_model, [.. arguments, "--resume"]);
        Assert.That(resumed.ExitCode, Is.EqualTo(CommandLine.Success), resumed.Error);
        Assert.That(resumed.Error, Does.Contain($"Resumed: {answered} of {Count}"));
        Assert.That(ReadLines(_model["answers.jsonl"]).Select(line => line.CustomId()), Is.EqualTo(Enumerable.Range(0, Count).Select(index => $"{index}")));
    }

    // What a process ignores, those that it starts ignore, too.
    private static bool IsIgnored(int signal)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        string mask = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)).Split('\t')[1];
        return (ulong.Parse(mask, NumberStyles.HexNumber) >> (signal - 1) & 1) == 1;
    }
}
