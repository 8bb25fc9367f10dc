namespace Paged.Ilgpu.Cache;

/// <summary>Beginning a sequence: what is found of it, what is brought back from the host, and whether it fits.</summary>
public sealed partial class KvCacheManager
{
    private readonly List<int> _found = []; // blocks of the prefix being looked up

    /// <summary>
    /// Begins a sequence, or takes a swapped one back, provided that the whole of it fits into blocks that nobody owns. Shares the blocks
    /// that hold its beginning already; of a new sequence at least the last token is left to be computed, as its logits are wanted.
    /// Afterwards <see cref="BlockTable.StoredTokens"/> tokens are stored, and slots for the others can be reserved.
    /// </summary>
    /// <param name="table">An empty table, or one in swap space.</param>
    /// <param name="tokens">All tokens of the sequence so far, at least one.</param>
    /// <param name="mostNewTokens">The most tokens that may be left to compute.</param>
    /// <param name="spareBlocks">Blocks that nobody owns which must be left over for others.</param>
    /// <returns>False where it does not fit or too much is left to compute; then nothing has changed.</returns>
    public bool TryBegin(BlockTable table, ReadOnlySpan<int> tokens, int mostNewTokens = int.MaxValue, int spareBlocks = 0)
    {
        if (table.Count > 0 && !table.IsSwapped)
            throw new InvalidOperationException("a sequence begins with an empty table or one in swap space");
        int findable = table.IsSwapped ? table.StoredTokens : tokens.Length - 1;
        FindPrefix(table.Salt, tokens[..findable]);
        int stored = table.IsSwapped ? table.StoredTokens : _found.Count * Options.BlockSize;
        int unownedHits = 0;
        foreach (int block in _found)
            unownedHits += _pool.References(block) == 0 ? 1 : 0;
        if (tokens.Length - stored > mostNewTokens)
            return false;
        if (BlocksFor(tokens.Length) - _found.Count > _pool.AvailableCount - unownedHits - spareBlocks)
            return false;

        Touch(); // before anything is taken, so that no hit is evicted for its own sequence
        if (table.IsSwapped)
        {
            SwapIn(table);
        }
        else
        {
            table.EnsureCapacity(_found.Count);
            foreach (int block in _found)
            {
                Append(table, block);
                Note(CacheEventKind.Share, table, block);
            }
        }

        table.StoredTokens = stored;
        _logicalTokens += stored;
        table.IndexedBlocks = _found.Count;
        table.Prefix = _found.Count > 0 ? _prefixes!.NodeOf(_found[^1]) : PrefixIndex.Root(table.Salt);
        IndexFullBlocks(table, tokens[..stored]);
        return true;
    }

    /// <summary>Forgets all prefixes, as after a change of weights.</summary>
    /// <returns>False where a block is owned; then nothing has changed.</returns>
    public bool TryResetPrefixes()
    {
        if (_pool.OwnedCount > 0)
            return false;
        for (int block = 0; block < _pool.BlockCount && _prefixes is { Count: > 0 }; block++)
        {
            if (!_pool.IsKept(block))
                continue;
            _prefixes.Remove(block);
            _pool.Forget(block);
            Note(CacheEventKind.Evict, table: null, block);
        }

        return true;
    }

    /// <summary>Finds the longest chain of full blocks that hold the beginning of a sequence.</summary>
    private void FindPrefix(string? salt, ReadOnlySpan<int> tokens)
    {
        _found.Clear();
        if (_prefixes is null || _prefixes.Count == 0)
            return;
        PrefixNode node = PrefixIndex.Root(salt);
        for (; tokens.Length >= Options.BlockSize; tokens = tokens[Options.BlockSize..])
        {
            if (!_prefixes.TryFind(node, salt, tokens[..Options.BlockSize], out int block))
                return;
            _found.Add(block);
            node = _prefixes.NodeOf(block);
        }
    }

    private void Touch()
    {
        foreach (int block in _found)
        {
            if (_pool.References(block) == 0)
                _storedSlots += Options.BlockSize;
            _pool.AddReference(block);
        }
    }

    /// <summary>Lets blocks that have become full be found.</summary>
    private void IndexFullBlocks(BlockTable table, ReadOnlySpan<int> tokens)
    {
        if (_prefixes is null)
        {
            table.NextIndexedLength = int.MaxValue;
            return;
        }

        if (table.IndexedBlocks == 0)
            table.Prefix = PrefixIndex.Root(table.Salt);
        int blockSize = Options.BlockSize;
        int full = tokens.Length / blockSize;
        for (int index = table.IndexedBlocks; index < full; index++)
        {
            int block = table.Blocks[index];
            table.Prefix = _prefixes.Add(block, table.Prefix, table.Salt, tokens.Slice(index * blockSize, blockSize));
            _pool.Keep(block);
            Note(CacheEventKind.Index, table, block);
        }

        table.IndexedBlocks = full;
        table.NextIndexedLength = (full + 1) * blockSize;
    }
}
