using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Model;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Cli.Planning;

/// <summary>Lets the real scheduler and the real cache serve a trace, with a model that computes nothing.</summary>
/// <param name="model">The model's shape.</param>
/// <param name="memory">The memory.</param>
/// <param name="options">How the engine would be set up.</param>
/// <param name="trace">The requests, all waiting at the start.</param>
internal sealed class Planner(PlannedModel model, PlannedMemory memory, EngineOptions options, PlannedTrace trace)
{
    /// <summary>The naive cache in the same memory; null where it does not hold a single sequence.</summary>
    public PlanSummary? Naive()
    {
        int maxModelLength = options.MaxModelLength ?? model.Shape.Config.MaxPositions;
        return KvStorage.BytesPerBlock(model.Shape.Config, memory.KeyValueType, maxModelLength) > memory.KvCacheBytes
            ? null
            : Run(options with { Cache = CacheMethod.Naive });
    }

    /// <summary>The paged cache.</summary>
    /// <exception cref="PagedException">The memory does not hold a single block.</exception>
    public PlanSummary Paged(int blockSize) => Run(options with { Cache = CacheMethod.Paged, BlockSize = blockSize });

    private PlanSummary Run(EngineOptions method)
    {
        KvCacheOptions cache = KvPoolSize.Divide(method, model.Shape.Config, memory.KeyValueType, memory.KvCacheBytes);
        TimeSpan start = Environment.CpuUsage.UserTime;
        SimulationResult result = Simulation.Run(method.SchedulerOptionsFor(model.Shape.Config), cache, trace.Requests(cache.EnablePrefixCaching));
        return new PlanSummary(method.Cache, cache, memory, result) { SimulationCpuSeconds = (Environment.CpuUsage.UserTime - start).TotalSeconds };
    }
}
