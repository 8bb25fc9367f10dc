using Paged.Ilgpu.Cli.Report.Recording;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Tests.Cli.Report.Recording;

internal sealed class RequestRecordTests
{
    [Test]
    public void growth_is_kept_where_it_changes()
    {
        var record = new RequestRecord(new Sequence(1, [1], new SamplingOptions()), "a");
        // A prompt in chunks of 10, decode steps, a pause of two steps, and back after a preemption.
        (long Step, int Tokens)[] stored =
            [(3, 10), (4, 20), (5, 25), (6, 26), (7, 27), (8, 28), (11, 29), (12, 30), (13, 31), (40, 31), (41, 32)];
        foreach ((long step, int tokens) in stored)
            record.Store(step, tokens);
        (long Step, int Tokens)[] kept = [.. record.StoredTokens];
        Assert.That(kept, Is.EqualTo(new[] { (3L, 10), (4L, 20), (5L, 25), (8L, 28), (11L, 29), (13L, 31), (40L, 31), (41L, 32) }));
        foreach ((long step, int tokens) in stored)
            Assert.That(Between(kept, step), Is.EqualTo(tokens), $"at step {step}");
    }

    private static double Between((long Step, int Tokens)[] points, long step)
    {
        int next = Array.FindIndex(points, point => point.Step >= step);
        if (next == 0)
            return points[0].Tokens;
        (long beginStep, int begin) = points[next - 1];
        (long endStep, int end) = points[next];
        return begin + ((double)(step - beginStep) / (endStep - beginStep) * (end - begin));
    }
}
