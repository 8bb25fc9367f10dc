using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Cli.Options;

/// <summary>The KV cache: its method, its size, and what it may do.</summary>
internal sealed class CacheSettings
{
    private static readonly EngineOptions Defaults = new();

    private readonly Option<CacheMethod>? _method;

    private readonly Option<int> _blockSize = CheckedOption.Create<int>(
        "--block-size",
        "N",
        "Tokens of a KV block.",
        "a power of two, at least 1",
        IsBlockSize)
        .WithDefault(Defaults.BlockSize);

    private readonly Option<long?> _bytes = CheckedOption.Size("--kv-cache-memory", "Memory of the KV cache.");

    private readonly Option<int?> _blockCount = CheckedOption.OptionalWhole("--num-blocks", "Blocks of the KV cache.", min: 1);

    private readonly Option<double> _utilization = CheckedOption.Create<double>(
        "--gpu-memory-utilization",
        "SHARE",
        "Share of the device's memory for weights, activations and KV cache together.",
        "a number above 0, up to 1",
        (text, out value) => double.TryParse(text, NumberStyles.AllowDecimalPoint, provider: null, out value) && value is > 0 and <= 1)
        .WithDefault(Defaults.MemoryUtilization);

    private readonly Option<long?> _deviceMemory;

    private readonly Option<ElementType?> _type = EngineSettings.TypeOption(
        "--kv-cache-dtype", "Type of cached keys and values; auto: as the weights.");

    private readonly OnOffOption _prefixCaching = new(
        "enable-prefix-caching", "Compute equal beginnings of prompts once.", Defaults.EnablePrefixCaching);

    private readonly Option<PreemptionMode> _preemption = CheckedOption.Choice(
        "--preemption-mode",
        "What becomes of the blocks of a preempted sequence.",
        ("recompute", PreemptionMode.Recompute),
        ("swap", PreemptionMode.Swap));

    private readonly Option<long?> _swapSpace = CheckedOption.Size("--swap-space", "Host memory for preempted sequences. [default: 1GiB]");

    /// <param name="choosesMethod">Whether there is an option for the cache's method.</param>
    /// <param name="hasDevice">Whether there is a device; a plan has none.</param>
    public CacheSettings(bool choosesMethod, bool hasDevice)
    {
        _deviceMemory = CheckedOption.Size(
            "--device-memory",
            "What counts as the device's memory. "
                + (hasDevice ? "[default: the device's own; on CPUs the machine's]" : "[default: that of weights and KV cache]"));
        if (choosesMethod)
        {
            _method = CheckedOption.Choice(
                "--cache",
                "Take blocks as they are needed, or set the maximum length aside for every sequence.",
                ("paged", CacheMethod.Paged),
                ("naive", CacheMethod.Naive));
        }
    }

    private Option[] SizeOptions => [_bytes, _blockCount, _utilization, _deviceMemory];

    public void AddTo(Command command)
    {
        if (_method is not null)
            command.Add(_method);
        command.Add(_blockSize);
        foreach (Option option in SizeOptions)
            command.Add(option);
        command.Add(_type);
        _prefixCaching.AddTo(command);
        command.Add(_preemption);
        command.Add(_swapSpace);
    }

    /// <summary>Whether a text is a number of tokens that a block may have.</summary>
    public static bool IsBlockSize(string text, out int blockSize) =>
        int.TryParse(text, NumberStyles.None, provider: null, out blockSize) && BitOperations.IsPow2(blockSize);

    /// <summary>Whether the command line says how large the cache is.</summary>
    public bool SaysSize(CommandResult verb) => Array.Exists(SizeOptions, option => verb.GetResult(option) is { Implicit: false });

    public EngineOptions Read(ParseResult options) => new()
    {
        Cache = _method is null ? CacheMethod.Paged : options.GetValue(_method),
        BlockSize = options.GetValue(_blockSize),
        KvCacheBytes = options.GetValue(_bytes),
        BlockCount = options.GetValue(_blockCount),
        MemoryUtilization = options.GetValue(_utilization),
        DeviceMemoryBytes = options.GetValue(_deviceMemory),
        KeyValueType = options.GetValue(_type),
        EnablePrefixCaching = _prefixCaching.Read(options),
        PreemptionMode = options.GetValue(_preemption),
        SwapSpaceBytes = options.GetValue(_swapSpace) ?? Defaults.SwapSpaceBytes,
    };
}
