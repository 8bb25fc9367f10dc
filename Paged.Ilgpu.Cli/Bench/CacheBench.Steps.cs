using System.Runtime.InteropServices;
using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Cli.Bench;

/// <summary>The scheduler on top of the cache.</summary>
internal static partial class CacheBench
{
    /// <summary>Time and memory of whole steps of the scheduler, every sequence decoding: per token, and per step.</summary>
    private static (double NanosecondsPerToken, double BytesPerStep) MeasureSteps(int sequenceCount, bool prefixCaching)
    {
        const int PromptLength = BlockSize;
        int steps = Math.Clamp(TokensPerMeasurement / Rounds / sequenceCount, 2 * BlockSize, LongestRun);
        int stepsPerRun = StepsPerRun(sequenceCount);
        int maxLength = (3 * PromptLength) + steps;
        var options = new SchedulerOptions
        {
            MaxModelLength = maxLength,
            MaxSequences = sequenceCount,
            MaxBatchedTokens = 2 * PromptLength * sequenceCount,
        };
        var cache = new KvCacheManager(new KvCacheOptions
        {
            BlockSize = BlockSize,
            BlockCount = options.MaxBlockIds(BlockSize),
            EnablePrefixCaching = prefixCaching,
        });
        var scheduler = new Scheduler(options, cache);
        var random = new Random(1);
        var prompt = new int[2 * PromptLength];
        var sampling = new SamplingOptions();
        for (int id = 0; id < sequenceCount; id++)
        {
            random.NextBytes(MemoryMarshal.AsBytes(prompt.AsSpan()));
            scheduler.Add(new Sequence(id, prompt.AsSpan(0, PromptLength + (id % BlockSize)), sampling));
        }

        var sampled = new int[sequenceCount];
        Step(); // all prompts at once
        var meter = new Meter();
        for (int step = 0; step < steps; step += stepsPerRun)
            meter.Measure(step >= BlockSize, cache, (long)sequenceCount * stepsPerRun, Run);
        return (meter.Nanoseconds, meter.BytesAllocated * sequenceCount);

        void Run()
        {
            for (int step = 0; step < stepsPerRun; step++)
                Step();
        }

        void Step()
        {
            StepBatch batch = scheduler.Schedule()!;
            scheduler.Finish(batch, sampled.AsSpan(0, batch.LogitCount));
        }
    }
}
