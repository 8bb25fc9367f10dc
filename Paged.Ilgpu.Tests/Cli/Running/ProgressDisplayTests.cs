using Paged.Ilgpu.Cli.Running;

namespace Paged.Ilgpu.Tests.Cli.Running;

internal sealed class ProgressDisplayTests
{
    [Test]
    public void where_there_is_no_terminal_a_line_appears_every_five_seconds()
    {
        using var error = new StringWriter { NewLine = "\n" };
        var totals = new BatchTotals
        {
            Requests = 9,
            Answered = 3,
            Refused = 1,
            Running = 2,
            Waiting = 3,
            OwnedShare = 0.5,
            PrefixHitRate = 0.125,
            Preemptions = 7,
        };
        new ProgressDisplay(error, "run").During(progress =>
        {
            for (int second = 1; second <= 14; second++)
            {
                totals.Elapsed = TimeSpan.FromSeconds(second);
                totals.GeneratedTokens = 10 * second;
                totals.PromptTokensRead = 100 * second;
                progress.Report(totals);
            }

            return totals;
        });
        const string Line = "run: 4 of 9 done, 2 running, 3 waiting, 7 preemptions, 100 prompt and 10 completion tokens/s, "
            + "KV cache 50.0% in use, 12.5% prefix hits, ";
        Assert.That(error.ToString(), Is.EqualTo($"{Line}0:08 left\n{Line}0:16 left\n"), "5 requests in 5 / 3 and in 10 / 3 seconds each");
    }
}
