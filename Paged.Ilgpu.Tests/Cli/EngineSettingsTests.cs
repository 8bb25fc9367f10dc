using System.CommandLine;
using Paged.Ilgpu.Cli.Options;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Tests.Cli;

/// <summary>Options of the command line as the engine's options.</summary>
internal sealed class EngineSettingsTests
{
    [Test]
    public void without_options_the_engine_has_its_own_defaults() => Assert.That(Read(), Is.EqualTo(new EngineOptions()));

    [Test]
    public void each_option_is_passed_on()
    {
        EngineOptions read = Read(
            "--cache", "naive", "--block-size", "32", "--kv-cache-memory", "1MiB", "--num-blocks", "9", "--gpu-memory-utilization", "0.5",
            "--device-memory", "24GB", "--max-model-len", "100", "--max-num-seqs", "3", "--max-num-batched-tokens", "64",
            "--no-enable-chunked-prefill", "--no-enable-prefix-caching", "--preemption-mode", "swap", "--swap-space", "1KB",
            "--long-prefill-token-threshold", "5", "--scheduling-policy", "priority", "--dtype", "float16", "--kv-cache-dtype", "bfloat16",
            "--check-invariants");
        Assert.That(read, Is.EqualTo(new EngineOptions
        {
            Cache = CacheMethod.Naive,
            BlockSize = 32,
            KvCacheBytes = 1 << 20,
            BlockCount = 9,
            MemoryUtilization = 0.5,
            DeviceMemoryBytes = 24_000_000_000,
            MaxModelLength = 100,
            MaxSequences = 3,
            MaxBatchedTokens = 64,
            EnableChunkedPrefill = false,
            EnablePrefixCaching = false,
            PreemptionMode = PreemptionMode.Swap,
            SwapSpaceBytes = 1000,
            LongPrefillTokenThreshold = 5,
            SchedulingPolicy = SchedulingPolicy.Priority,
            WeightType = ElementType.Float16,
            KeyValueType = ElementType.BFloat16,
            CheckInvariants = true,
        }));
    }

    private static EngineOptions Read(params string[] arguments)
    {
        var settings = new EngineSettings(choosesCache: true);
        var command = new RootCommand();
        settings.AddTo(command);
        ParseResult parsed = command.Parse(arguments);
        Assert.That(parsed.Errors, Is.Empty);
        return settings.Read(parsed);
    }
}
