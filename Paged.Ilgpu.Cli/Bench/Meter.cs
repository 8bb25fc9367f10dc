using System.Diagnostics;
using Paged.Ilgpu.Cache;

namespace Paged.Ilgpu.Cli.Bench;

/// <summary>
/// Time, memory and list operations of the same thing done many times over, in short runs. Of the times one counts that a tenth of the runs
/// kept below: what the thing costs where nobody else has the core and its caches.
/// </summary>
internal sealed class Meter
{
    private readonly List<double> _nanoseconds = new(capacity: 1 << 16); // of each run
    private long _things;
    private long _bytes;
    private long _listOperations;

    /// <summary>Nanoseconds for each thing done: a tenth of the runs took less.</summary>
    public double Nanoseconds => _nanoseconds.Order().ElementAt(_nanoseconds.Count / 10);

    /// <summary>Bytes of managed memory allocated for each thing done.</summary>
    public double BytesAllocated => (double)_bytes / _things;

    /// <summary>Insertions into and removals from the list of free blocks for each thing done.</summary>
    public double ListOperations => (double)_listOperations / _things;

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
        _things += things;
        _bytes += GC.GetAllocatedBytesForCurrentThread() - bytes;
        _listOperations += cache.ListOperations - operations;
        _nanoseconds.Add(nanoseconds / things);
    }
}
