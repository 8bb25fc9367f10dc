using Paged.Ilgpu.Tests.Cli.Support;
using static Paged.Ilgpu.Tests.Cli.Support.BatchFiles;

namespace Paged.Ilgpu.Tests.Cli;

/// <summary>How much more memory a longer input takes.</summary>
[Platform("Linux")]
internal sealed class InputMemoryTests
{
    private const int FewLines = 10_000;
    private const long MiB = 1 << 20;

    // 90,000 lines more may take 3 MiB by themselves; the rest is what the runtime keeps of its garbage.
    [Test]
    public void a_hundred_thousand_lines_take_little_more_than_ten_thousand() => MoreLinesTake(PeakOfPlan, 100_000, atMostMore: 32 * MiB);

    [Test]
    [Explicit("takes minutes")]
    public void a_million_lines_take_at_most_40_MB_more_than_ten_thousand() => MoreLinesTake(PeakOfPlan, 1_000_000, atMostMore: 40_000_000);

    [Test]
    [Explicit("takes minutes")]
    public void a_million_answers_take_at_most_40_MB_more_than_ten_thousand() => MoreLinesTake(PeakOfRun, 1_000_000, atMostMore: 40_000_000);

    [Test]
    [Explicit("takes minutes")]
    public void so_do_a_million_answers_of_a_resumed_run() => MoreLinesTake(PeakOfResumedRun, 1_000_000, atMostMore: 40_000_000);

    private static void MoreLinesTake(Func<DummyModel, int, long> peakOf, int manyLines, long atMostMore)
    {
        using var model = new DummyModel();
        long few = peakOf(model, FewLines);
        long many = peakOf(model, manyLines);
        TestContext.Out.WriteLine($"{FewLines:N0} lines: {few / (double)MiB:N1} MiB; {manyLines:N0}: {many / (double)MiB:N1} MiB, {(many - few) / (double)MiB:N1} more");
        Assert.That(many - few, Is.LessThanOrEqualTo(atMostMore));
    }

    private static long PeakOfPlan(DummyModel model, int lines)
    {
        string input = WriteRequests(model, lines, index => new
        {
            model = "llama",
            prompt = $"{index}{new string('a', index % 20)}",
            max_tokens = 1 + (index % 20),
        });
        using PagedProcess process = PagedProcess.Start("plan", "-i", input, "--model", model.Path, "--kv-cache-memory", "1MiB");
        return process.WaitForPeakMemory();
    }

    private static long PeakOfRun(DummyModel model, int lines)
    {
        string input = WriteRequests(model, lines, index => new { prompt = new[] { index % 256 }, max_tokens = 1 });
        using PagedProcess process = PagedProcess.On(model, "run", "-i", input, "-o", model["answers.jsonl"]);
        long peak = process.WaitForPeakMemory();
        Assert.That(File.ReadLines(model["answers.jsonl"]).Count(), Is.EqualTo(lines));
        return peak;
    }

    // Of the output that is there the last answer is missing.
    private static long PeakOfResumedRun(DummyModel model, int lines)
    {
        string input = WriteRequests(model, lines, index => new { prompt = new[] { index % 256 }, max_tokens = 1 });
        string output = model["answers.jsonl"];
        File.WriteAllLines(output, Enumerable.Range(0, lines - 1).Select(index => $$"""{"id":"batch_req_{{index}}","custom_id":"{{NameOf(index)}}"}"""));
        using PagedProcess process = PagedProcess.On(model, "run", "-i", input, "-o", output, "--resume");
        long peak = process.WaitForPeakMemory();
        Assert.That(File.ReadLines(output).Count(), Is.EqualTo(lines));
        return peak;
    }

    private static string NameOf(int index) => $"request-{index:D8}";

    private static string WriteRequests<T>(DummyModel model, int lines, Func<int, T> body)
    {
        string input = model["requests.jsonl"];
        File.WriteAllLines(input, Enumerable.Range(0, lines).Select(index => Line(NameOf(index), Completions, body(index))));
        return input;
    }
}
