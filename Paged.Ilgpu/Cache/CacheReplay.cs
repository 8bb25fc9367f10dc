namespace Paged.Ilgpu.Cache;

/// <summary>The state of a cache, rebuilt from the events of its trace alone: who holds which blocks, and which can be found.</summary>
public sealed class CacheReplay
{
    private readonly Dictionary<long, List<int>> _tables = [];
    private readonly Dictionary<long, List<int>> _hostTables = [];
    private readonly HashSet<int> _indexed = [];

    /// <summary>The step of the last event.</summary>
    public long Step { get; private set; }

    /// <summary>The device blocks of each sequence that has any, in order.</summary>
    public IReadOnlyDictionary<long, List<int>> Tables => _tables;

    /// <summary>The host blocks of each sequence that has any, in order.</summary>
    public IReadOnlyDictionary<long, List<int>> HostTables => _hostTables;

    /// <summary>Blocks that can be found by their tokens, owned or not.</summary>
    public IReadOnlySet<int> IndexedBlocks => _indexed;

    /// <summary>Applies events up to the end of a step.</summary>
    /// <param name="events">A trace from its beginning.</param>
    /// <param name="lastStep">The step whose state is wanted.</param>
    public static CacheReplay UpTo(IEnumerable<CacheEvent> events, long lastStep)
    {
        var replay = new CacheReplay();
        foreach (CacheEvent cacheEvent in events)
        {
            if (cacheEvent.Step > lastStep)
                break;
            replay.Apply(cacheEvent);
        }

        return replay;
    }

    /// <summary>Applies the next event.</summary>
    public void Apply(in CacheEvent cacheEvent)
    {
        (long step, CacheEventKind kind, long sequence, int block, int other) = cacheEvent;
        Step = step;
        switch (kind)
        {
            case CacheEventKind.Allocate:
            case CacheEventKind.Share:
                TableOf(_tables, sequence).Add(block);
                break;
            case CacheEventKind.Copy:
                List<int> table = TableOf(_tables, sequence);
                table[table.IndexOf(other)] = block;
                break;
            case CacheEventKind.SwapOut:
                RemoveAt(_tables, sequence, ^1);
                TableOf(_hostTables, sequence).Insert(0, other);
                break;
            case CacheEventKind.SwapIn:
                RemoveAt(_hostTables, sequence, 0);
                TableOf(_tables, sequence).Add(block);
                break;
            case CacheEventKind.Free:
                RemoveAt(_tables, sequence, ^1);
                break;
            case CacheEventKind.HostFree:
                RemoveAt(_hostTables, sequence, 0);
                break;
            case CacheEventKind.Index:
                _indexed.Add(block);
                break;
            case CacheEventKind.Evict:
                _indexed.Remove(block);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(cacheEvent), kind, "no such event");
        }
    }

    private static List<int> TableOf(Dictionary<long, List<int>> tables, long sequence)
    {
        if (!tables.TryGetValue(sequence, out List<int>? table))
            tables[sequence] = table = [];
        return table;
    }

    private static void RemoveAt(Dictionary<long, List<int>> tables, long sequence, Index index)
    {
        List<int> table = tables[sequence];
        table.RemoveAt(index.GetOffset(table.Count));
        if (table.Count == 0)
            tables.Remove(sequence);
    }
}
