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
    public void a_hundred_thousand_lines_take_little_more_than_ten_thousand() => PlanTakes(100_000, atMostMore: 32 * MiB);

    [Test]
    [Explicit("takes minutes")]
    public void a_million_lines_take_at_most_40_MB_more_than_ten_thousand() => PlanTakes(1_000_000, atMostMore: 40_000_000);

    private static void PlanTakes(int manyLines, long atMostMore)
    {
        using var model = new DummyModel();
        long few = PeakOf(model, FewLines);
        long many = PeakOf(model, manyLines);
        TestContext.Out.WriteLine($"{FewLines:N0} lines: {few / (double)MiB:N1} MiB; {manyLines:N0}: {many / (double)MiB:N1} MiB, {(many - few) / (double)MiB:N1} more");
        Assert.That(many - few, Is.LessThanOrEqualTo(atMostMore));
    }

    private static long PeakOf(DummyModel model, int lines)
    {
        string input = model["requests.jsonl"];
        File.WriteAllLines(input, Enumerable.Range(0, lines).Select(index => Line(
            $"request-{index:D8}", Completions, new { model = "llama", prompt = $"{index}{new string('a', index % 20)}", max_tokens = 1 + (index % 20) })));
        using PagedProcess process = PagedProcess.Start("plan", "-i", input, "--model", model.Path, "--kv-cache-memory", "1MiB");
        return process.WaitForPeakMemory();
    }
}
