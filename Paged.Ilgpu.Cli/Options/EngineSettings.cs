using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Cli.Options;

/// <summary>The device and how the engine on it is set up; the names are those of vLLM.</summary>
internal sealed partial class EngineSettings
{
    private static readonly EngineOptions Defaults = new();

    private readonly Option<string> _device = CheckedOption.Create<string>(
        "--device",
        "NAME",
        "auto, cuda, opencl or cpu, with :index for another than the first; `paged devices` lists them.",
        "auto, cuda, opencl or cpu, with :index for another than the first",
        (text, out value) =>
        {
            value = text;
            return DeviceName().IsMatch(text);
        });

    private readonly Option<int> _blockSize = CheckedOption.Create<int>(
        "--block-size",
        "N",
        "Tokens of a KV block.",
        "a power of two, at least 1",
        (text, out value) => int.TryParse(text, NumberStyles.None, null, out value) && BitOperations.IsPow2(value));

    private readonly Option<double> _memoryUtilization = CheckedOption.Create<double>(
        "--gpu-memory-utilization",
        "SHARE",
        "Share of the device's memory for weights, activations and KV cache together.",
        "a number above 0, up to 1",
        (text, out value) => double.TryParse(text, NumberStyles.AllowDecimalPoint, null, out value) && value is > 0 and <= 1);

    private readonly Option<long?> _kvCacheBytes = CheckedOption.Size("--kv-cache-memory", "Memory of the KV cache.");
    private readonly Option<int?> _blockCount = CheckedOption.OptionalWhole("--num-blocks", "Blocks of the KV cache.", min: 1);
    private readonly Option<long?> _deviceMemory = CheckedOption.Size("--device-memory", "What counts as the device's memory. [default: the device's own; on CPUs the machine's]");
    private readonly Option<int?> _maxModelLength = CheckedOption.OptionalWhole("--max-model-len", "Tokens of prompt and answer together, at most. [default: the model's own]", min: 2);
    private readonly Option<int> _maxSequences = CheckedOption.Whole("--max-num-seqs", "Sequences that run at once, at most.", Defaults.MaxSequences, min: 1);
    private readonly Option<int> _maxBatchedTokens = CheckedOption.Whole("--max-num-batched-tokens", "Tokens of one step, at most.", Defaults.MaxBatchedTokens, min: 1);
    private readonly OnOffOption _chunkedPrefill = new("enable-chunked-prefill", "Compute long prompts in pieces, beside the tokens of others.", Defaults.EnableChunkedPrefill);
    private readonly Option<int> _longPrefillThreshold = CheckedOption.Whole("--long-prefill-token-threshold", "Tokens of one prompt in a step, at most; 0 for no such limit.", Defaults.LongPrefillTokenThreshold, min: 0);
    private readonly OnOffOption _prefixCaching = new("enable-prefix-caching", "Compute equal beginnings of prompts once.", Defaults.EnablePrefixCaching);
    private readonly Option<SchedulingPolicy> _policy = CheckedOption.Choice("--scheduling-policy", "Who goes first.", ("fcfs", SchedulingPolicy.Fcfs), ("priority", SchedulingPolicy.Priority));
    private readonly Option<PreemptionMode> _preemption = CheckedOption.Choice("--preemption-mode", "What becomes of the blocks of a preempted sequence.", ("recompute", PreemptionMode.Recompute), ("swap", PreemptionMode.Swap));
    private readonly Option<long?> _swapSpace = CheckedOption.Size("--swap-space", "Host memory for preempted sequences. [default: 1GiB]");
    private readonly Option<ElementType?> _weightType = TypeOption("--dtype", "Type of the weights on the device; auto: as stored.");
    private readonly Option<ElementType?> _keyValueType = TypeOption("--kv-cache-dtype", "Type of cached keys and values; auto: as the weights.");
    private readonly Option<bool> _checkInvariants = new("--check-invariants") { Description = "Prove the books of cache and scheduler after every step." };

    private readonly Option<CacheMethod>? _cache;

    /// <param name="choosesCache">Whether there is an option for the cache's method.</param>
    public EngineSettings(bool choosesCache)
    {
        _blockSize.DefaultValueFactory = _ => Defaults.BlockSize;
        _memoryUtilization.DefaultValueFactory = _ => Defaults.MemoryUtilization;
        _device.DefaultValueFactory = _ => "auto";
        if (choosesCache)
            _cache = CheckedOption.Choice("--cache", "Take blocks as needed, or set the maximum length aside for every sequence.", ("paged", CacheMethod.Paged), ("naive", CacheMethod.Naive));
    }

    public void AddTo(Command command)
    {
        command.Add(_device);
        if (_cache is not null)
            command.Add(_cache);
        foreach (Option option in (Option[])[_blockSize, _kvCacheBytes, _blockCount, _memoryUtilization, _deviceMemory, _maxModelLength, _maxSequences, _maxBatchedTokens])
            command.Add(option);
        _chunkedPrefill.AddTo(command);
        command.Add(_longPrefillThreshold);
        _prefixCaching.AddTo(command);
        foreach (Option option in (Option[])[_policy, _preemption, _swapSpace, _weightType, _keyValueType, _checkInvariants])
            command.Add(option);
    }

    public string Device(ParseResult options) => options.GetRequiredValue(_device);

    /// <summary>Whether the command line says how large the KV cache is.</summary>
    public bool SaysMemory(CommandResult verb) =>
        ((Option[])[_kvCacheBytes, _blockCount, _memoryUtilization, _deviceMemory]).Any(option => verb.GetResult(option) is { Implicit: false });

    public EngineOptions Read(ParseResult options) => new()
    {
        Cache = _cache is null ? CacheMethod.Paged : options.GetValue(_cache),
        BlockSize = options.GetValue(_blockSize),
        KvCacheBytes = options.GetValue(_kvCacheBytes),
        BlockCount = options.GetValue(_blockCount),
        MemoryUtilization = options.GetValue(_memoryUtilization),
        DeviceMemoryBytes = options.GetValue(_deviceMemory),
        MaxModelLength = options.GetValue(_maxModelLength),
        MaxSequences = options.GetValue(_maxSequences),
        MaxBatchedTokens = options.GetValue(_maxBatchedTokens),
        EnableChunkedPrefill = _chunkedPrefill.Read(options),
        LongPrefillTokenThreshold = options.GetValue(_longPrefillThreshold),
        EnablePrefixCaching = _prefixCaching.Read(options),
        SchedulingPolicy = options.GetValue(_policy),
        PreemptionMode = options.GetValue(_preemption),
        SwapSpaceBytes = options.GetValue(_swapSpace) ?? Defaults.SwapSpaceBytes,
        WeightType = options.GetValue(_weightType),
        KeyValueType = options.GetValue(_keyValueType),
        CheckInvariants = options.GetValue(_checkInvariants),
    };

    private static Option<ElementType?> TypeOption(string name, string description) => CheckedOption.Choice<ElementType?>(
        name, description, ("auto", null), ("float32", ElementType.Float32), ("bfloat16", ElementType.BFloat16), ("float16", ElementType.Float16));

    [GeneratedRegex(@"^(auto|(cuda|opencl|cpu)(:\d{1,9})?)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DeviceName();
}
