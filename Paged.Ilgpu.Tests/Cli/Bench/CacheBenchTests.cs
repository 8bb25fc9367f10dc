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
    public void the_reference_method_keeps_the_same_tables()
    {
        const int BlockSize = 16;
        const int Sequences = 33;
        const int Length = 40;
        const int Steps = 20; // more than a block
        var ours = new CacheBenchTables(Sequences, BlockSize, Length + BlockSize + Steps, prefixCaching: false);
        var reference = new ReferenceTables(ours.BlockCount, BlockSize);
        ours.BeginAll(Length);
        ours.AppendAll(Steps);
        for (int sequence = 0; sequence < Sequences; sequence++)
            reference.Begin(sequence, Length + (sequence % BlockSize));
        for (int step = 0; step < Steps; step++)
        {
            for (int sequence = 0; sequence < Sequences; sequence++)
                reference.Append(sequence);
        }

        int[,] rectangle = reference.BuildRectangle();
        int[] blocks = [.. rectangle.Cast<int>().Where(block => block >= 0)];
        int[] lengths = [.. Enumerable.Range(0, Sequences).Select(
            sequence => Enumerable.Range(0, rectangle.GetLength(1)).Count(at => rectangle[sequence, at] >= 0))];
        Assert.That(blocks, Is.Unique.And.All.LessThan(ours.BlockCount));
        Assert.That(blocks, Has.Length.EqualTo(ours.Cache.Usage.OwnedBlocks));
        Assert.That(lengths, Is.EqualTo(Enumerable.Range(0, Sequences).Select(sequence => (Length + (sequence % BlockSize) + Steps + BlockSize - 1) / BlockSize)));
    }

    [Test]
    public void both_methods_are_timed()
    {
        CacheBenchComparison comparison = CacheBench.Compare(sequenceCount: 16, blockCount: 1024);
        Assert.That(comparison.MicrosecondsPerStep, Is.GreaterThan(0));
        Assert.That(comparison.ReferenceMicrosecondsPerStep, Is.GreaterThan(0));
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
