using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Cli.Report.Page;

/// <summary>How an engine was set up, under the names of its options.</summary>
internal static class PageSettings
{
    public static IEnumerable<string[]> Of(PagedEngine engine, LoadedModel model, string device)
    {
        EngineOptions options = engine.Options;
        ElementType weights = options.WeightType ?? model.Checkpoint.StoredType;
        yield return ["model", model.Name];
        yield return ["parameters", Shape(engine)];
        yield return ["device", device];
        yield return ["dtype", Name(weights)];
        yield return ["quantization", options.Quantization == WeightQuantization.Int8 ? "int8" : "none"];
        yield return ["kv-cache-dtype", Name(options.KeyValueType ?? weights)];
        yield return ["kv-cache-memory", Numbers.Bytes(engine.KvCacheBytes)];
        yield return ["weights on the device", Numbers.Bytes(engine.WeightBytes)];
        yield return ["max-model-len", $"{engine.MaxModelLength:N0}"];
        yield return ["max-num-seqs", $"{options.MaxSequences:N0}"];
        yield return ["max-num-batched-tokens", $"{options.MaxBatchedTokens:N0}"];
        yield return ["enable-chunked-prefill", YesOrNo(options.EnableChunkedPrefill)];
        yield return ["enable-prefix-caching", YesOrNo(options.EnablePrefixCaching)];
        yield return ["preemption-mode", options.PreemptionMode == PreemptionMode.Swap ? "swap" : "recompute"];
        yield return ["scheduling-policy", options.SchedulingPolicy == SchedulingPolicy.Priority ? "priority" : "fcfs"];
    }

    private static string Shape(PagedEngine engine) =>
        $"{engine.Config.LayerCount} layers of {engine.Config.HiddenSize:N0}, {engine.Config.HeadCount} heads, {engine.Config.KeyValueHeadCount} for keys and values";

    private static string Name(ElementType type) => type.ToString().ToLowerInvariant();

    private static string YesOrNo(bool isOn) => isOn ? "yes" : "no";
}
