using System.Diagnostics;

namespace Paged.Ilgpu.Cli.Bench;

/// <summary>
/// Measures cache and scheduler without a device. Every sequence is appended one token a step, as in decoding; they begin at different
/// slots of a block, so that an even share of them takes a new one each step. Tables are freed in no order, so that what one takes the
/// next time lies all over the pool.
/// </summary>
internal static partial class CacheBench
{
    /// <summary>The numbers of sequences to measure.</summary>
    public static readonly int[] SequenceCounts = [64, 1024, 16_384, 65_536];

    private const int BlockSize = 16;
    private const int TokensPerMeasurement = 1 << 22;
    private const int LongestRun = 448; // steps
    private const int Rounds = 5;

    /// <summary>Runs everything often enough, and long enough, that the runtime has compiled it for good.</summary>
    public static void WarmUp()
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(3);)
        {
            Measure(SequenceCounts[0], prefixCaching: false);
            Measure(SequenceCounts[0], prefixCaching: true);
        }
    }

    /// <summary>Measures one number of sequences.</summary>
    /// <param name="sequenceCount">Sequences at once, at least 1.</param>
    /// <param name="prefixCaching">Whether blocks that fill go into the prefix index.</param>
    public static CacheBenchRow Measure(int sequenceCount, bool prefixCaching)
    {
        int steps = Math.Clamp(TokensPerMeasurement / Rounds / sequenceCount, 2 * BlockSize, LongestRun);
        int stepsPerRun = StepsPerRun(sequenceCount);
        CacheBenchTables tables = new(sequenceCount, BlockSize, BlockSize + steps, prefixCaching);
        Action appendAll = () => tables.AppendAll(stepsPerRun);
        Meter append = new(), take = new(), free = new(), upload = new(), lookUp = new();
        for (int round = 0; round <= Rounds; round++) // the first one warms up and does not count
        {
            bool counts = round > 0;
            tables.BeginAll();
            for (int step = 0; step < steps; step += stepsPerRun)
                append.Measure(counts, tables.Cache, (long)sequenceCount * stepsPerRun, appendAll);
            upload.Measure(counts, tables.Cache, 1, tables.PrepareUpload);
            free.Measure(counts, tables.Cache, tables.Cache.Usage.OwnedBlocks, tables.FreeAll);
            if (prefixCaching)
            {
                lookUp.Measure(counts, tables.Cache, tables.FindableBlocks, tables.FindAll);
                tables.FreeAll();
            }

            take.Measure(counts, tables.Cache, tables.BlockCount, tables.TakeAll);
            tables.FreeAll();
        }

        (double stepNanoseconds, double stepBytes) = MeasureSteps(sequenceCount, prefixCaching);
        return new CacheBenchRow
        {
            Sequences = sequenceCount,
            PrefixCaching = prefixCaching,
            NanosecondsPerToken = append.Nanoseconds,
            ListOperationsPerToken = append.ListOperations,
            NanosecondsPerBlockTaken = take.Nanoseconds,
            NanosecondsPerBlockFreed = free.Nanoseconds,
            NanosecondsPerBlockFound = prefixCaching ? lookUp.Nanoseconds : null,
            UploadMicrosecondsPerStep = upload.Nanoseconds / 1000,
            SchedulerNanosecondsPerToken = stepNanoseconds,
            BytesAllocatedPerStep = stepBytes,
        };
    }

    /// <summary>Measures the manager beside the method of the reference implementation, on the same lengths.</summary>
    /// <param name="sequenceCount">Sequences at once.</param>
    /// <param name="blockCount">Blocks of the pool; half of them are taken at the start.</param>
    public static CacheBenchComparison Compare(int sequenceCount, int blockCount)
    {
        int length = blockCount / 2 / sequenceCount * BlockSize;
        const int Steps = BlockSize;
        CacheBenchTables tables = new(sequenceCount, BlockSize, length + BlockSize + Steps, prefixCaching: false, blockCount);
        ReferenceTables reference = new(blockCount, BlockSize);
        Meter ours = new(), theirs = new();
        for (int round = 0; round <= Rounds; round++)
        {
            tables.BeginAll(length);
            ours.Measure(round > 0, tables.Cache, Steps, () =>
            {
                for (int step = 0; step < Steps; step++)
                {
                    tables.AppendAll(steps: 1);
                    tables.PrepareUpload();
                }
            });
            tables.FreeAll();
        }

        for (int sequence = 0; sequence < sequenceCount; sequence++)
            reference.Begin(sequence, length + (sequence % BlockSize));
        theirs.Measure(counts: true, tables.Cache, Steps, () =>
        {
            for (int step = 0; step < Steps; step++)
            {
                for (int sequence = 0; sequence < sequenceCount; sequence++)
                    reference.Append(sequence);
                reference.BuildRectangle();
            }
        });
        return new CacheBenchComparison
        {
            Sequences = sequenceCount,
            Blocks = blockCount,
            MicrosecondsPerStep = ours.Nanoseconds / 1000,
            ReferenceMicrosecondsPerStep = theirs.Nanoseconds / 1000,
        };
    }

    /// <summary>Steps that are timed together: few, so that others seldom interrupt them, but enough for the clock.</summary>
    private static int StepsPerRun(int sequenceCount) => Math.Clamp(4096 / sequenceCount, 1, BlockSize);
}
