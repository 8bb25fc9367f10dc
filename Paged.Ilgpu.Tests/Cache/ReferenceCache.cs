namespace Paged.Ilgpu.Tests.Cache;

/// <summary>
/// The cache as one would explain it at a blackboard: lists and one dictionary, searched from end to end, nothing counted. It predicts
/// every block id, every refusal and every hit.
/// </summary>
internal sealed class ReferenceCache(int blockCount, int blockSize, int swapBlockCount)
{
    private readonly List<int> _available = [.. Enumerable.Range(0, blockCount)]; // taken from the front
    private readonly Dictionary<int, Prefix> _findable = []; // block → what it ends
    private readonly List<Table> _tables = [];
    private readonly List<int> _searchOrder = []; // of the findable blocks

    /// <summary>Copies that were made for writers of shared blocks.</summary>
    public int Copies { get; private set; }

    public int HostBlocks => _tables.Where(table => table.Swapped).Sum(table => table.Blocks.Count);

    public IEnumerable<int> Available => _available;

    public long DistinctSlots => _tables.Where(table => !table.Swapped)
        .SelectMany(table => table.Blocks.Select((block, i) => (block, Math.Clamp(table.Stored - (i * blockSize), 0, blockSize))))
        .GroupBy(item => item.block).Sum(group => group.Max(item => (long)item.Item2));

    public int CachedBlocks => _available.Count(_findable.ContainsKey);

    public Table? Begin(int[] tokens)
    {
        List<int> hits = Find(tokens[..^1]);
        if (!Fits(tokens.Length, hits))
            return null;
        var table = new Table { Tokens = tokens, Stored = hits.Count * blockSize, Blocks = [.. hits] };
        _available.RemoveAll(hits.Contains);
        _tables.Add(table);
        return table;
    }

    public bool Reserve(Table table, int count)
    {
        int missing = Math.Max(0, BlocksFor(table.Stored + count) - table.Blocks.Count);
        int tail = table.Stored / blockSize;
        bool copies = table.Stored % blockSize > 0 && Owners(table.Blocks[tail]) > 1;
        if (missing + (copies ? 1 : 0) > _available.Count)
            return false;
        if (copies)
        {
            table.Blocks[tail] = Take();
            Copies++;
        }

        for (; missing > 0; missing--)
            table.Blocks.Add(Take());
        return true;
    }

    public void Store(Table table, int[] tokens)
    {
        table.Tokens = tokens;
        table.Stored = tokens.Length;
        MakeFindable(table);
    }

    public Table Fork(Table table)
    {
        var fork = new Table { Tokens = table.Tokens, Stored = table.Stored, Blocks = table.Blocks[..BlocksFor(table.Stored)] };
        _tables.Add(fork);
        return fork;
    }

    public void Free(Table table)
    {
        _tables.Remove(table);
        if (!table.Swapped)
            Release(table.Blocks);
    }

    public bool SwapOut(Table table)
    {
        int count = BlocksFor(table.Stored);
        if (count == 0 || count > swapBlockCount - HostBlocks)
            return false;
        List<int> blocks = table.Blocks;
        table.Swapped = true;
        table.Blocks = blocks[..count];
        Release(blocks);
        return true;
    }

    public bool SwapIn(Table table, int[] tokens)
    {
        List<int> hits = Find(tokens[..table.Stored]);
        if (!Fits(tokens.Length, hits))
            return false;
        _available.RemoveAll(hits.Contains);
        int count = table.Blocks.Count;
        table.Blocks = [.. hits];
        while (table.Blocks.Count < count)
            table.Blocks.Add(Take());
        table.Swapped = false;
        table.Tokens = tokens;
        MakeFindable(table);
        return true;
    }

    public bool Reset()
    {
        if (_available.Count < blockCount)
            return false;
        for (int block = 0; block < blockCount; block++)
        {
            if (!Forget(block))
                continue;
            _available.Remove(block);
            _available.Insert(0, block);
        }

        return true;
    }

    private int BlocksFor(int tokens) => (tokens + blockSize - 1) / blockSize;

    private bool Fits(int length, List<int> hits) => BlocksFor(length) - hits.Count <= _available.Count - hits.Count(_available.Contains);

    private int Owners(int block) => _tables.Count(table => !table.Swapped && table.Blocks.Contains(block));

    private int Take()
    {
        int block = _available[0];
        _available.RemoveAt(0);
        Forget(block);
        return block;
    }

    private bool Forget(int block)
    {
        _searchOrder.Remove(block);
        return _findable.Remove(block);
    }

    private void Release(List<int> blocks)
    {
        foreach (int block in blocks.AsEnumerable().Reverse().Where(block => Owners(block) == 0))
            _available.Insert(_findable.ContainsKey(block) ? _available.Count : 0, block);
    }

    private List<int> Find(int[] tokens)
    {
        List<int> hits = [];
        Prefix? parent = null;
        foreach (int[] chunk in tokens.Chunk(blockSize).Where(chunk => chunk.Length == blockSize))
        {
            int first = _searchOrder.FindIndex(block => _findable[block].Is(parent, chunk));
            if (first < 0)
                break;
            hits.Add(_searchOrder[first]);
            parent = _findable[hits[^1]];
        }

        return hits;
    }

    private void MakeFindable(Table table)
    {
        Prefix? parent = null;
        for (int index = 0; index < table.Stored / blockSize; index++)
        {
            int block = table.Blocks[index];
            if (!_findable.TryGetValue(block, out Prefix? prefix))
            {
                int[] chunk = table.Tokens[(index * blockSize)..((index + 1) * blockSize)];
                int twin = _searchOrder.FindIndex(other => _findable[other].Is(parent, chunk));
                object identity = twin < 0 ? new object() : _findable[_searchOrder[twin]].Identity;
                prefix = new Prefix(parent?.Identity, chunk, identity);
                _findable.Add(block, prefix);
                _searchOrder.Insert(twin < 0 ? _searchOrder.Count : twin + 1, block); // right behind the twin that serves
            }

            parent = prefix;
        }
    }

    /// <summary>A sequence as the reference sees it.</summary>
    internal sealed class Table
    {
        public required int[] Tokens { get; set; }

        public required int Stored { get; set; }

        public required List<int> Blocks { get; set; }

        public bool Swapped { get; set; }
    }

    private sealed record Prefix(object? Parent, int[] Tokens, object Identity)
    {
        public bool Is(Prefix? parent, int[] tokens) => ReferenceEquals(Parent, parent?.Identity) && Tokens.AsSpan().SequenceEqual(tokens);
    }
}
