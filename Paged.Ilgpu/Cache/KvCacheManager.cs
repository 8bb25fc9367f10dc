namespace Paged.Ilgpu.Cache;

/// <summary>
/// Gives token slots to sequences, block by block (PagedAttention, Kwon et al. 2023, section 4), shares blocks of equal prefixes and of
/// forks, copies a shared block before it is written, and moves sequences to host memory and back. It decides where everything lies; the
/// contents are moved by whoever runs the step, as <see cref="Transfers"/> tells. Allocation is all or nothing: a call that answers false
/// has changed nothing. The cost of each call is constant per block touched, and appending a token touches none but every block-size-th
/// time. Not for several threads at once.
/// </summary>
public sealed partial class KvCacheManager
{
    private readonly BlockPool _pool;
    private readonly BlockPool _swapPool;
    private readonly PrefixIndex? _prefixes;
    private readonly List<BlockTransfer> _transfers = [];
    private long _storedSlots;
    private long _logicalTokens;

    /// <summary>Creates an empty cache.</summary>
    /// <exception cref="PagedException">The options make no sense.</exception>
    public KvCacheManager(KvCacheOptions options)
        : this(options, hashMask: null)
    {
    }

    internal KvCacheManager(KvCacheOptions options, UInt128? hashMask)
    {
        Options = options.Validated();
        _pool = new BlockPool(options.BlockCount);
        _swapPool = new BlockPool(options.SwapBlockCount);
        _prefixes = options.EnablePrefixCaching ? new PrefixIndex(options.BlockCount, options.BlockSize, hashMask) : null;
    }

    /// <summary>The shape of the cache.</summary>
    public KvCacheOptions Options { get; }

    /// <summary>Where events go; null, the default, costs nothing.</summary>
    public ICacheEventSink? Events { get; set; }

    /// <summary>The step that events are dated with.</summary>
    public long Step { get; set; }

    /// <summary>
    /// Moves of block contents that must be done, in this order, before the next step runs. Whoever takes them over clears the list.
    /// </summary>
    public List<BlockTransfer> Transfers => _transfers;

    /// <summary>Insertions into and removals from the list of free blocks so far.</summary>
    public long ListOperations => _pool.ListOperations;

    /// <summary>What the cache holds now, in constant time.</summary>
    public CacheUsage Usage => new()
    {
        BlockSize = Options.BlockSize,
        BlockCount = _pool.BlockCount,
        FreeBlocks = _pool.FreeCount,
        CachedBlocks = _pool.CachedCount,
        OwnedBlocks = _pool.OwnedCount,
        SharedBlocks = _pool.SharedCount,
        LogicalBlocks = _pool.ReferenceCount,
        StoredSlots = _storedSlots,
        LogicalTokens = _logicalTokens,
        SwappedBlocks = _swapPool.OwnedCount,
    };

    /// <summary>Number of owners of a block.</summary>
    public int References(int block) => _pool.References(block);

    /// <summary>Blocks that hold that many tokens.</summary>
    public int BlocksFor(int tokenCount) => (int)(((long)tokenCount + Options.BlockSize - 1) / Options.BlockSize);

    /// <summary>
    /// Makes sure that a table has slots of its own for the next tokens: takes the blocks that are missing, and copies the block that the
    /// first of them goes to where somebody else reads it too.
    /// </summary>
    /// <param name="table">A table on the device.</param>
    /// <param name="tokenCount">Tokens beyond those stored, at least 1.</param>
    /// <returns>False where the pool has too few blocks; then nothing has changed.</returns>
    public bool TryReserve(BlockTable table, int tokenCount)
    {
        int length = table.StoredTokens + tokenCount;
        return (length <= table.Capacity && !table.TailMayBeShared) || TryGrow(table, length);
    }

    /// <summary>
    /// Takes note that a step stores the next tokens of a sequence in slots reserved before. Blocks that become full can be found by other
    /// sequences from now on, those of the same step included: the step writes keys and values of all its tokens before it reads any.
    /// </summary>
    /// <param name="table">The sequence's table.</param>
    /// <param name="tokens">All tokens of the sequence from its beginning to the last one stored.</param>
    public void Store(BlockTable table, ReadOnlySpan<int> tokens)
    {
        int added = tokens.Length - table.StoredTokens;
        if (added < 0 || tokens.Length > table.Capacity || table.TailMayBeShared)
            throw new InvalidOperationException($"{tokens.Length} tokens cannot be stored: {table.Capacity} slots are reserved");
        table.StoredTokens = tokens.Length;
        _storedSlots += added;
        _logicalTokens += added;
        if (tokens.Length >= table.NextIndexedLength)
            IndexFullBlocks(table, tokens);
    }

    /// <summary>
    /// Gives up every block of a table, the last one first, so that the end of a sequence is evicted before its beginning. The table is
    /// empty afterwards and may be used again.
    /// </summary>
    public void Free(BlockTable table)
    {
        if (table.IsSwapped)
        {
            foreach (int host in table.Blocks)
            {
                _swapPool.Release(host);
                Note(CacheEventKind.HostFree, table, host);
            }
        }
        else
        {
            for (int index = table.Count - 1; index >= 0; index--)
            {
                Note(CacheEventKind.Free, table, table.Blocks[index]);
                Release(table, index);
            }

            _logicalTokens -= table.StoredTokens;
        }

        table.Clear();
    }

    private bool TryGrow(BlockTable table, int length)
    {
        if (table.IsSwapped)
            throw new InvalidOperationException("a table in swap space cannot grow");
        int tail = table.StoredTokens / Options.BlockSize;
        bool mustCopy = table.TailMayBeShared && _pool.References(table.Blocks[tail]) > 1;
        int missing = Math.Max(0, BlocksFor(length) - table.Count);
        if (missing + (mustCopy ? 1 : 0) > _pool.AvailableCount)
            return false;
        if (mustCopy)
            CopyTail(table, tail);
        table.TailMayBeShared = false;
        for (; missing > 0; missing--)
        {
            int block = Take();
            Append(table, block);
            Note(CacheEventKind.Allocate, table, block);
        }

        return true;
    }

    /// <summary>Takes a block nobody owns, evicting what it held.</summary>
    private int Take()
    {
        int block = _pool.Take(out bool wasKept);
        if (wasKept)
        {
            _prefixes!.Remove(block);
            Note(CacheEventKind.Evict, table: null, block);
        }

        return block;
    }

    private void Append(BlockTable table, int block)
    {
        table.Add(block);
        table.Capacity += Options.BlockSize;
    }

    /// <summary>Drops a table's hold on one block; with the last hold its tokens count as stored no longer.</summary>
    private void Release(BlockTable table, int index)
    {
        if (_pool.Release(table.Blocks[index]))
            _storedSlots -= TokensIn(table, index);
    }

    /// <summary>Tokens that a table stores in its block at an index.</summary>
    private int TokensIn(BlockTable table, int index) =>
        (int)Math.Clamp(table.StoredTokens - ((long)index * Options.BlockSize), 0, Options.BlockSize);

    private void Note(CacheEventKind kind, BlockTable? table, int block, int other = 0) =>
        Events?.Record(new CacheEvent(Step, kind, table?.Owner ?? 0, block, other));
}
