using System.Diagnostics;
using Paged.Ilgpu.Cache;

namespace Paged.Ilgpu.Cli.Bench;

/// <summary>Time, memory and list operations of the fastest of several runs, for each thing done.</summary>
internal sealed class Meter
{
    /// <summary>Nanoseconds for each thing done.</summary>
    public double Nanoseconds { get; private set; } = double.PositiveInfinity;

    /// <summary>Bytes of managed memory allocated for each thing done.</summary>
    public double BytesAllocated { get; private set; } = double.PositiveInfinity;

    /// <summary>Insertions into and removals from the list of free blocks for each thing done.</summary>
    public double ListOperations { get; private set; }

    /// <summary>Runs an action.</summary>
    /// <param name="counts">False where the run only warms up.</param>
    /// <param name="cache">The cache whose list operations are counted.</param>
    /// <param name="things">How many things the action does.</param>
    /// <param name="action">The action.</param>
    public void Measure(bool counts, KvCacheManager cache, long things, Action action)
    {
        long operations = cache.ListOperations;
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        action();
        double nanoseconds = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        if (!counts)
            return;
        BytesAllocated = Math.Min(BytesAllocated, (double)(GC.GetAllocatedBytesForCurrentThread() - bytes) / things);
        Nanoseconds = Math.Min(Nanoseconds, nanoseconds / things);
        ListOperations = (double)(cache.ListOperations - operations) / things;
    }
}
