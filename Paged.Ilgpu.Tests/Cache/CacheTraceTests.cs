using System.Text;
using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Scheduling;
using Paged.Ilgpu.Tests.Scheduling;

namespace Paged.Ilgpu.Tests.Cache;

internal sealed class CacheTraceTests
{
    [TestCase(PreemptionMode.Recompute)]
    [TestCase(PreemptionMode.Swap)]
    public void the_state_at_any_step_can_be_replayed_from_the_trace(PreemptionMode mode)
    {
        var harness = new SchedulerHarness(
            new SchedulerOptions { MaxModelLength = 64, MaxBatchedTokens = 24, PreemptionMode = mode },
            new KvCacheOptions { BlockSize = 4, BlockCount = 24, EnablePrefixCaching = true, SwapBlockCount = 20 });
        using var stream = new MemoryStream();
        using var trace = new CacheTrace(stream);
        harness.Cache.Events = trace;
        var states = new List<string>();
        for (int i = 0; i < 12; i++)
            harness.Add(promptLength: 5 + i, maxTokens: 30, seed: i % 3, branches: i % 2);
        while (harness.Scheduler.HasWork)
        {
            harness.Step();
            states.Add(Describe(harness.Sequences.Where(s => s.BlockTable.Count > 0)
                .Select(s => (s.Id, s.BlockTable.IsSwapped, (IEnumerable<int>)s.BlockTable.Blocks.ToArray()))));
        }

        Assert.That(harness.Scheduler.Statistics.Preemptions, Is.GreaterThan(0));
        string[] lines = Encoding.UTF8.GetString(stream.ToArray()).TrimEnd('\n').Split('\n');
        foreach (string name in new[] { "allocate", "share", "copy", "free", "index", "evict" })
            Assert.That(lines, Has.Some.Contains($"\"{name}\""));
        List<CacheEvent> events = [.. CacheTrace.Read(lines, "trace")];
        for (int step = 1; step <= states.Count; step++)
        {
            CacheReplay replay = CacheReplay.UpTo(events, step);
            Assert.That(
                Describe(replay.Tables.Select(t => (t.Key, false, (IEnumerable<int>)t.Value))
                    .Concat(replay.HostTables.Select(t => (t.Key, true, (IEnumerable<int>)t.Value)))),
                Is.EqualTo(states[step - 1]));
        }
    }

    [TestCase("")]
    [TestCase("[1]")]
    [TestCase("""{"step":1,"event":"melt","sequence":1,"block":0}""")]
    [TestCase("""{"step":1,"event":"copy","sequence":1,"block":0}""")]
    [TestCase("""{"step":"x","event":"free","sequence":1,"block":0}""")]
    public void a_line_that_is_no_event_is_named(string line)
    {
        string good = """{"step":1,"event":"allocate","sequence":1,"block":0}""";
        Assert.That(
            () => CacheTrace.Read([good, line], "trace.jsonl").ToList(),
            Throws.TypeOf<PagedException>().With.Message.StartsWith("trace.jsonl, line 2"));
    }

    private static string Describe(IEnumerable<(long Sequence, bool Swapped, IEnumerable<int> Blocks)> tables) =>
        string.Join('\n', tables.OrderBy(t => t.Sequence).Select(t => $"{t.Sequence} {t.Swapped} {string.Join(' ', t.Blocks)}"));
}
