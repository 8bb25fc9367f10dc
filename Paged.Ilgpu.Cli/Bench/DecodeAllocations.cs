using Paged.Ilgpu.Engine;

namespace Paged.Ilgpu.Cli.Bench;

/// <summary>Managed memory that steps allocate which only decode: no request begins or ends.</summary>
/// <param name="engine">The engine.</param>
internal sealed class DecodeAllocations(PagedEngine engine)
{
    private long _byHost;
    private long _inAll;
    private int _steps;

    /// <summary>Bytes a step by the thread that runs it.</summary>
    public double BytesPerStep => _steps == 0 ? 0 : (double)_byHost / _steps;

    /// <summary>Bytes a step by all others.</summary>
    public double BytesPerStepByDevice => _steps == 0 ? 0 : Math.Max(0.0, _inAll - _byHost) / _steps;

    /// <summary>Runs a step.</summary>
    public IReadOnlyList<Completion> Step()
    {
        long tokensBefore = engine.Statistics.ScheduledTokens;
        int running = engine.RunningCount;
        long inAllBefore = GC.GetTotalAllocatedBytes();
        long byHostBefore = GC.GetAllocatedBytesForCurrentThread();
        IReadOnlyList<Completion> ended = engine.Step();
        long byHost = GC.GetAllocatedBytesForCurrentThread() - byHostBefore;
        if (ended.Count == 0 && engine.RunningCount == running && engine.Statistics.ScheduledTokens - tokensBefore == running)
        {
            _byHost += byHost;
            _inAll += GC.GetTotalAllocatedBytes() - inAllBefore;
            _steps++;
        }

        return ended;
    }
}
