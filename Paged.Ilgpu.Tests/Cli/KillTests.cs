using Paged.Ilgpu.Tests.Cli.Support;
using static Paged.Ilgpu.Tests.Cli.Support.BatchFiles;

namespace Paged.Ilgpu.Tests.Cli;

/// <summary>A run that is killed again and again and resumed each time ends with the output of one that never was.</summary>
[Platform(Exclude = "Win")]
internal sealed class KillTests
{
    [Test]
    public void killed_twice_and_resumed_nothing_is_lost() => KillAndResume(requestCount: 120, kills: 2);

    [Test]
    [Explicit("takes minutes")]
    public void killed_ten_times_a_thousand_requests_lose_nothing() => KillAndResume(requestCount: 1_000, kills: 10);

    private static void KillAndResume(int requestCount, int kills)
    {
        const int Seed = 11;
        TestContext.Out.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        using var model = new DummyModel();
        string input = model["requests.jsonl"];
        File.WriteAllLines(input, Enumerable.Range(0, requestCount).Select(index => Line(
            $"request {index}",
            Completions,
            new { prompt = $"{random.Next(1_000)}", max_tokens = random.Next(10, 50), n = 1 + (index % 50 / 49), temperature = index % 2 })));
        string[] expected = Answers(model, input, model["uninterrupted.jsonl"]);

        string output = model["answers.jsonl"];
        long whole = new FileInfo(model["uninterrupted.jsonl"]).Length;
        int killed = 0;
        for (int tries = 0; killed < kills; tries++)
        {
            Assert.That(tries, Is.LessThan(10 * kills), "it always ended before it was killed");
            long reached = File.Exists(output) ? new FileInfo(output).Length : 0;
            using PagedProcess process = Begin(model, input, output);
            process.WaitForLength(output, reached + random.NextInt64(2 * (whole - reached) / (kills - killed + 2)) + 1);
            Thread.Sleep(random.Next(20));
            if (!process.Kill())
            {
                // It was done before, where others took the processor just then: from the beginning.
                CliRun run = process.Wait();
                Assert.That(run.ExitCode, Is.Zero, run.Error);
                File.Delete(output);
                killed = 0;
                continue;
            }

            killed++;
            TestContext.Out.WriteLine($"killed at {new FileInfo(output).Length:N0} of {whole:N0} bytes");
        }

        Assert.That(Answers(model, input, output), Is.EqualTo(expected));
        string?[] names = [.. ReadLines(output).Select(line => line.CustomId())];
        Assert.That(names, Is.EqualTo(Enumerable.Range(0, requestCount).Select(index => $"request {index}")));
    }

    private static string[] Answers(DummyModel model, string input, string output)
    {
        using PagedProcess process = Begin(model, input, output);
        CliRun run = process.Wait();
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        return [.. File.ReadLines(output).Select(WithoutTime)];
    }

    private static PagedProcess Begin(DummyModel model, string input, string output) =>
        PagedProcess.On(model, "run", "-i", input, "-o", output, "--resume", "--max-num-seqs", "8", "--ignore-eos", "--no-enable-prefix-caching");
}
