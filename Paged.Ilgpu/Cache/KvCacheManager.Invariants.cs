namespace Paged.Ilgpu.Cache;

/// <summary>The proof that the books are right.</summary>
public sealed partial class KvCacheManager
{
    /// <summary>
    /// Proves from the ground up, in time proportional to pool and tables: free + owned + cached = total; every reference is explained by
    /// a table and every table's block by a reference; used + wasted slots = owned blocks × block size; what is kept can be found and
    /// what can be found is kept; no partial block that may be written is shared unawares.
    /// </summary>
    /// <param name="tables">Every table with blocks, on the device or in swap space.</param>
    /// <exception cref="InvalidOperationException">Something is not as it must be; the message says what.</exception>
    public void CheckInvariants(IEnumerable<BlockTable> tables)
    {
        _pool.CheckInvariants();
        _swapPool.CheckInvariants();
        _prefixes?.CheckInvariants();
        var references = new int[_pool.BlockCount];
        var swapReferences = new int[_swapPool.BlockCount];
        var tokens = new int[_pool.BlockCount];
        long logicalTokens = 0;
        foreach (BlockTable table in tables)
        {
            CheckTable(table);
            foreach (int block in table.Blocks)
                (table.IsSwapped ? swapReferences : references)[block]++;
            if (table.IsSwapped)
                continue;
            logicalTokens += table.StoredTokens;
            for (int index = 0; index < table.Count; index++)
                tokens[table.Blocks[index]] = Math.Max(tokens[table.Blocks[index]], TokensIn(table, index));
        }

        Require(logicalTokens == _logicalTokens, $"the tables store {logicalTokens} tokens, {_logicalTokens} counted");
        long storedSlots = 0;
        foreach (int stored in tokens)
            storedSlots += stored;
        Require(storedSlots == _storedSlots, $"the blocks hold {storedSlots} tokens, {_storedSlots} counted");
        for (int block = 0; block < references.Length; block++)
        {
            int counted = _pool.References(block);
            Require(references[block] == counted, $"{references[block]} tables hold block {block}, {counted} counted");
            bool findable = _prefixes?.Contains(block) ?? false;
            Require(findable == _pool.IsKept(block), $"block {block} is {(findable ? "found but not kept" : "kept but not found")}");
        }

        for (int block = 0; block < swapReferences.Length; block++)
            Require(swapReferences[block] == _swapPool.References(block), $"{swapReferences[block]} tables hold host block {block}");
    }

    private void CheckTable(BlockTable table)
    {
        string name = $"the table of sequence {table.Owner}";
        if (table.IsSwapped)
        {
            Require(table.Count == BlocksFor(table.StoredTokens), $"{name} has {table.Count} host blocks for {table.StoredTokens} tokens");
            return;
        }

        Require(table.Capacity == (long)table.Count * Options.BlockSize, $"{name} has a capacity of {table.Capacity} slots");
        Require(table.StoredTokens <= table.Capacity, $"{name} stores {table.StoredTokens} tokens in {table.Capacity} slots");
        if (table.StoredTokens % Options.BlockSize > 0)
        {
            int tail = table.Blocks[table.StoredTokens / Options.BlockSize];
            Require(table.TailMayBeShared || _pool.References(tail) == 1, $"{name} would write to block {tail}, which others read");
        }

        if (_prefixes is null)
            return;
        Require(table.IndexedBlocks == table.StoredTokens / Options.BlockSize, $"{name} has {table.IndexedBlocks} indexed blocks");
        PrefixNode end = table.IndexedBlocks == 0 ? PrefixIndex.Root(table.Salt) : _prefixes.NodeOf(table.Blocks[table.IndexedBlocks - 1]);
        Require(table.IndexedBlocks == 0 || table.Prefix == end, $"{name} has lost its place in the prefix index");
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
            throw new InvalidOperationException($"KV cache: {otherwise}");
    }
}
