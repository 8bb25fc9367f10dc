using Paged.Ilgpu.Cli;
using Paged.Ilgpu.Tests.Cli.Support;
using static Paged.Ilgpu.Tests.Cli.Support.BatchFiles;

namespace Paged.Ilgpu.Tests.Cli;

/// <summary><c>paged run --resume</c>: an output that ends anywhere is completed.</summary>
internal sealed class ResumeTests
{
    private const string Malformed = "hello";

    private static readonly string[] Requests =
    [
        .. Enumerable.Range(0, 6).Select(index => Line($"größer {index}", Completions, new { prompt = $"{index}", max_tokens = 1 + (index % 4), temperature = index % 3 })),
        Malformed,
        Line("unknown", "/v1/embeddings", new { }),
        "",
        Line("last", Completions, new { prompt = "last", max_tokens = 2 }),
    ];

    private DummyModel _model = null!;

    [SetUp]
    public void CreateModel() => _model = new DummyModel();

    [TearDown]
    public void DeleteModel() => _model.Dispose();

    [Test]
    public void an_output_cut_anywhere_is_completed_with_the_same_answers()
    {
        Run(Requests);
        byte[] whole = File.ReadAllBytes(_model["answers.jsonl"]);
        string[] expected = [.. File.ReadLines(_model["answers.jsonl"]).Select(WithoutTime)];
        Assert.That(expected, Has.Length.EqualTo(9));

        const int Seed = 1;
        TestContext.Out.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        foreach (int length in Enumerable.Range(0, 12).Select(_ => random.Next(whole.Length)).Append(0).Append(whole.Length))
        {
            File.WriteAllBytes(_model["answers.jsonl"], whole[..length]);
            CliRun run = Run(Requests, "--resume");
            Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
            Assert.That(File.ReadLines(_model["answers.jsonl"]).Select(WithoutTime), Is.EqualTo(expected), $"cut at byte {length}");
        }
    }

    [Test]
    public void without_resume_an_output_is_begun_anew()
    {
        Run(Requests);
        Run(Requests[..1]);
        Assert.That(ReadLines(_model["answers.jsonl"]), Has.Length.EqualTo(1));
    }

    [Test]
    public void answers_that_an_interrupted_run_wrote_out_of_turn_are_put_in_order()
    {
        string[] lines = WriteOutOfTurn(4, 6, 2);
        CliRun run = Run(Requests, "--resume");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        Assert.That(run.Error, Does.Contain("Resumed: 3 of 9 requests were answered before."));
        Assert.That(File.ReadLines(_model["answers.jsonl"]).Select(WithoutTime), Is.EqualTo(lines.Select(WithoutTime)));
        Assert.That(Directory.GetFiles(_model.Path, "answers*"), Has.Length.EqualTo(1), "nothing is left beside it");
    }

    [Test]
    public void an_output_that_may_be_unordered_stays_as_it_is_and_the_others_follow()
    {
        string[] lines = WriteOutOfTurn(4, 6, 2);
        Assert.That(Run(Requests, "--resume", "--unordered").ExitCode, Is.EqualTo(CommandLine.Success));
        string[] resumed = File.ReadAllLines(_model["answers.jsonl"]);
        Assert.That(resumed[..3], Is.EqualTo(new[] { lines[4], lines[6], lines[2] }));
        Assert.That(resumed.Select(WithoutTime), Is.EquivalentTo(lines.Select(WithoutTime)));
    }

    [TestCase("""{"id":"batch_req_0","custom_id":"other","response":null,"error":null}""", "the custom_id \"other\" in line 1, which is not in the input")]
    [TestCase("""{"id":"batch_req_9","custom_id":null,"response":null,"error":null}""", "the id \"batch_req_9\" in line 1, which is not in the input")]
    [TestCase("a story", "in line 1 what is no line of an answer")]
    [TestCase("{}", "in line 1 what is no line of an answer")]
    [TestCase("""{"id":"batch_req_x","custom_id":"last"}""", "in line 1 what is no line of an answer")]
    public void an_output_of_other_requests_is_named_and_kept(string line, string expected)
    {
        File.WriteAllText(_model["answers.jsonl"], line + "\n");
        CliRun run = Run(Requests, "--resume");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Failure));
        Assert.That(run.Error, Does.Contain("answers.jsonl").And.Contain(expected));
        Assert.That(File.ReadAllText(_model["answers.jsonl"]), Is.EqualTo(line + "\n"));
    }

    [Test]
    public void an_answer_that_is_there_twice_is_named()
    {
        Run(Requests[..2]);
        File.AppendAllLines(_model["answers.jsonl"], File.ReadAllLines(_model["answers.jsonl"])[1..]);
        Assert.That(Run(Requests, "--resume").Error, Does.Contain("\"größer 1\" twice, again in line 3"));
    }

    [Test]
    public void resume_needs_an_output_file()
    {
        CliRun run = CliRun.On(_model, "run", "-i", "requests.jsonl", "--resume");
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.UsageError));
        Assert.That(run.Error, Does.Contain("--resume").And.Contain("--output-file"));
    }

    private string[] WriteOutOfTurn(params int[] places)
    {
        Run(Requests);
        string[] lines = File.ReadAllLines(_model["answers.jsonl"]);
        File.WriteAllLines(_model["answers.jsonl"], places.Select(place => lines[place]));
        return lines;
    }

    private CliRun Run(string[] lines, params string[] arguments)
    {
        File.WriteAllText(_model["requests.jsonl"], string.Concat(lines.Select(line => line + "\n")));
        return CliRun.On(
            _model, ["run", "-i", _model["requests.jsonl"], "-o", _model["answers.jsonl"], "--skip-malformed", "--max-num-seqs", "3", .. arguments]);
    }
}
