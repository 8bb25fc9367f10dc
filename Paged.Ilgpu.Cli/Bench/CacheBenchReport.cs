using Paged.Ilgpu.Cli.Report;

namespace Paged.Ilgpu.Cli.Bench;

/// <summary>What the cache costs at one number of sequences.</summary>
internal sealed record CacheBenchRow
{
    public required int Sequences { get; init; }

    public required bool PrefixCaching { get; init; }

    /// <summary>A slot found and a token noted as stored; its share of blocks taken and indexed included.</summary>
    public required double NanosecondsPerToken { get; init; }

    public required double ListOperationsPerToken { get; init; }

    public required double NanosecondsPerBlockTaken { get; init; }

    public required double NanosecondsPerBlockFreed { get; init; }

    /// <summary>A block of a prompt found by its tokens and shared; null without prefix caching.</summary>
    public required double? NanosecondsPerBlockFound { get; init; }

    /// <summary>All block tables written one behind the other.</summary>
    public required double UploadMicrosecondsPerStep { get; init; }

    /// <summary>A whole step of the scheduler, from choosing its sequences to appending what was drawn, by its tokens.</summary>
    public required double SchedulerNanosecondsPerToken { get; init; }

    public required double BytesAllocatedPerStep { get; init; }
}

/// <summary>A step of the cache beside a step of the reference implementation's method: every sequence appended, tables ready.</summary>
internal sealed record CacheBenchComparison
{
    public required int Sequences { get; init; }

    public required int Blocks { get; init; }

    public required double MicrosecondsPerStep { get; init; }

    public required double ReferenceMicrosecondsPerStep { get; init; }

    public double TimesFaster => ReferenceMicrosecondsPerStep / MicrosecondsPerStep;
}

/// <summary>The whole benchmark.</summary>
/// <param name="Rows">One for each number of sequences, without and with prefix caching.</param>
/// <param name="Comparison">Beside the reference implementation's method.</param>
internal sealed record CacheBenchReport(IReadOnlyList<CacheBenchRow> Rows, CacheBenchComparison Comparison)
{
    /// <summary>Runs the benchmark; under a minute.</summary>
    /// <param name="output">Receives a line for each measurement as it is made, and one of JSON at the end.</param>
    public static CacheBenchReport Run(TextWriter output)
    {
        CacheBench.WarmUp();
        var rows = new List<CacheBenchRow>();
        output.WriteLine("sequences  prefix  ns/token  list ops/token  ns/block: taken   freed   found  upload µs/step  "
            + "scheduler ns/token  bytes/step");
        foreach (bool prefixCaching in (bool[])[false, true])
        {
            foreach (int sequences in CacheBench.SequenceCounts)
            {
                CacheBenchRow row = CacheBench.Measure(sequences, prefixCaching);
                rows.Add(row);
                output.WriteLine($"{sequences,9}  {(prefixCaching ? "on" : "off"),6}  {row.NanosecondsPerToken,8:F1}  "
                    + $"{row.ListOperationsPerToken,14:F4}  {row.NanosecondsPerBlockTaken,15:F1}  {row.NanosecondsPerBlockFreed,6:F1}  "
                    + $"{row.NanosecondsPerBlockFound?.ToString("F1") ?? "-",6}  {row.UploadMicrosecondsPerStep,14:F1}  "
                    + $"{row.SchedulerNanosecondsPerToken,18:F1}  {row.BytesAllocatedPerStep,10:F0}");
            }
        }

        CacheBenchComparison comparison = CacheBench.Compare(sequenceCount: 1024, blockCount: 65_536);
        output.WriteLine($"{comparison.Sequences} sequences, {comparison.Blocks} blocks: {comparison.MicrosecondsPerStep:F1} µs a step; "
            + $"the reference method {comparison.ReferenceMicrosecondsPerStep:F1} µs, {comparison.TimesFaster:F0} times as long");
        var report = new CacheBenchReport(rows, comparison);
        output.WriteLine(SummaryJson.ToLine(report));
        return report;
    }
}
