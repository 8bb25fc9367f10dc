using System.CommandLine;
using System.Text.RegularExpressions;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Cli.Options;

/// <summary>The device and how the engine on it is set up; the names are those of vLLM.</summary>
/// <param name="choosesCache">Whether there is an option for the cache's method.</param>
/// <param name="hasDevice">Whether there is a device; a plan has none.</param>
internal sealed partial class EngineSettings(bool choosesCache, bool hasDevice = true)
{
    private static readonly EngineOptions Defaults = new();

    private readonly Option<string> _device = DeviceOption();

    private readonly Option<ElementType?> _weightType = TypeOption("--dtype", "Type of the weights on the device; auto: as stored.");

    private readonly Option<WeightQuantization> _quantization = QuantizationOption();

    private readonly Option<int?> _maxModelLength = CheckedOption.OptionalWhole(
        "--max-model-len", "Tokens of prompt and answer together, at most. [default: the model's own]", min: 2);

    private readonly Option<int> _maxSequences = CheckedOption.Whole(
        "--max-num-seqs", "Sequences that run at once, at most.", Defaults.MaxSequences, min: 1);

    private readonly Option<int> _maxBatchedTokens = CheckedOption.Whole(
        "--max-num-batched-tokens", "Tokens of one step, at most.", Defaults.MaxBatchedTokens, min: 1);

    private readonly OnOffOption _chunkedPrefill = new(
        "enable-chunked-prefill", "Compute long prompts in pieces, beside the tokens of others.", Defaults.EnableChunkedPrefill);

    private readonly Option<int> _longPrefillThreshold = CheckedOption.Whole(
        "--long-prefill-token-threshold", "Tokens of one prompt in a step, at most; 0 for no such limit.", defaultValue: 0, min: 0);

    private readonly Option<SchedulingPolicy> _policy = CheckedOption.Choice(
        "--scheduling-policy", "Who goes first.", ("fcfs", SchedulingPolicy.Fcfs), ("priority", SchedulingPolicy.Priority));

    private readonly Option<bool> _checkInvariants = new("--check-invariants")
    {
        Description = "Prove the books of cache and scheduler after every step.",
    };

    /// <summary>The options of the KV cache.</summary>
    public CacheSettings Cache { get; } = new(choosesCache, hasDevice);

    public void AddTo(Command command)
    {
        if (hasDevice)
            command.Add(_device);
        command.Add(_weightType);
        command.Add(_quantization);
        Cache.AddTo(command);
        command.Add(_maxModelLength);
        command.Add(_maxSequences);
        command.Add(_maxBatchedTokens);
        _chunkedPrefill.AddTo(command);
        command.Add(_longPrefillThreshold);
        command.Add(_policy);
        if (hasDevice)
            command.Add(_checkInvariants);
    }

    public string Device(ParseResult options) => options.GetRequiredValue(_device);

    public EngineOptions Read(ParseResult options) => Cache.Read(options) with
    {
        WeightType = options.GetValue(_weightType),
        Quantization = options.GetValue(_quantization),
        MaxModelLength = options.GetValue(_maxModelLength),
        MaxSequences = options.GetValue(_maxSequences),
        MaxBatchedTokens = options.GetValue(_maxBatchedTokens),
        EnableChunkedPrefill = _chunkedPrefill.Read(options),
        LongPrefillTokenThreshold = options.GetValue(_longPrefillThreshold),
        SchedulingPolicy = options.GetValue(_policy),
        CheckInvariants = options.GetValue(_checkInvariants),
    };

    /// <summary>The option for weights of eight bits.</summary>
    internal static Option<WeightQuantization> QuantizationOption() => CheckedOption.Choice(
        "--quantization",
        "Store the weights of linear layers on the device as they are, or in 8 bits with a scale for each output feature.",
        ("none", WeightQuantization.None),
        ("int8", WeightQuantization.Int8));

    /// <summary>The option that names the device.</summary>
    internal static Option<string> DeviceOption() => CheckedOption.Create<string>(
        "--device",
        "NAME",
        "auto, cuda, opencl or cpu, with :index for another than the first; `paged devices` lists them.",
        "auto, cuda, opencl or cpu, with :index for another than the first",
        (text, out value) =>
        {
            value = text;
            return DeviceName().IsMatch(text);
        }).WithDefault("auto");

    /// <summary>An option for a type of elements; auto is null.</summary>
    internal static Option<ElementType?> TypeOption(string name, string description) => CheckedOption.Choice<ElementType?>(
        name,
        description,
        ("auto", null),
        ("float32", ElementType.Float32),
        ("bfloat16", ElementType.BFloat16),
        ("float16", ElementType.Float16));

    [GeneratedRegex(@"^(auto|(cuda|opencl|cpu)(:\d{1,9})?)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DeviceName();
}
