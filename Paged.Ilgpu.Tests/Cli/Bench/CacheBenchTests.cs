using Paged.Ilgpu.Cli.Bench;

namespace Paged.Ilgpu.Tests.Cli.Bench;

internal sealed class CacheBenchTests
{
    [Test]
    public void list_operations_per_token_are_the_same_at_every_size_and_a_step_allocates_nothing([Values] bool prefixCaching)
    {
        foreach (int sequences in new[] { 16, 1024, 4096 })
        {
            CacheBenchRow row = CacheBench.Measure(sequences, prefixCaching);
            Assert.That(row.ListOperationsPerToken, Is.EqualTo(1.0 / 16), $"{sequences} sequences");
            Assert.That(row.BytesAllocatedPerStep, Is.Zero, $"{sequences} sequences");
        }
    }

    [Test]
    public void the_reference_method_takes_many_times_as_long()
    {
        CacheBenchComparison comparison = CacheBench.Compare(sequenceCount: 256, blockCount: 16_384);
        Assert.That(comparison.TimesFaster, Is.GreaterThan(20));
    }

    [Test]
    [Explicit("takes half a minute and wants a quiet machine")]
    public void a_token_costs_at_most_fifty_nanoseconds_at_every_size()
    {
        CacheBenchReport report = CacheBenchReport.Run(TestContext.Out);
        Assert.That(report.Rows.Select(row => row.NanosecondsPerToken), Is.All.LessThan(50));
        Assert.That(report.Comparison.TimesFaster, Is.GreaterThan(20));
    }
}
