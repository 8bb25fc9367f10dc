namespace Paged.Ilgpu.Cache;

/// <summary>Sharing all blocks of a sequence, and copying on the first write (Kwon et al. 2023, section 4.4).</summary>
public sealed partial class KvCacheManager
{
    /// <summary>A second table of the same tokens, sharing every block; neither copies anything before it writes.</summary>
    /// <param name="table">A table on the device with no step under way.</param>
    /// <param name="owner">The number under which the event trace speaks of the new table's sequence.</param>
    public BlockTable Fork(BlockTable table, long owner)
    {
        var fork = new BlockTable(owner, table.Salt);
        Fork(table, fork);
        return fork;
    }

    /// <summary>Makes an empty table share every block of another; see <see cref="Fork(BlockTable, long)"/>.</summary>
    public void Fork(BlockTable table, BlockTable fork)
    {
        if (table.IsSwapped)
            throw new InvalidOperationException("a table in swap space cannot be forked");
        if (fork.Count > 0)
            throw new InvalidOperationException("a fork begins with an empty table");
        int blockCount = BlocksFor(table.StoredTokens); // blocks reserved ahead stay with their table
        fork.EnsureCapacity(blockCount);
        foreach (int block in table.Blocks[..blockCount])
        {
            _pool.AddReference(block);
            Append(fork, block);
            Note(CacheEventKind.Share, fork, block);
        }

        fork.StoredTokens = table.StoredTokens;
        fork.IndexedBlocks = table.IndexedBlocks;
        fork.NextIndexedLength = table.NextIndexedLength;
        fork.Prefix = table.Prefix;
        _logicalTokens += table.StoredTokens;
        bool tailIsPartial = table.StoredTokens % Options.BlockSize > 0;
        table.TailMayBeShared |= tailIsPartial;
        fork.TailMayBeShared = tailIsPartial;
    }

    private void CopyTail(BlockTable table, int tail)
    {
        int source = table.Blocks[tail];
        int destination = Take();
        table.Replace(tail, destination);
        _pool.Release(source);
        _storedSlots += table.StoredTokens % Options.BlockSize;
        _transfers.Add(new BlockTransfer(BlockTransferKind.Copy, source, destination));
        Note(CacheEventKind.Copy, table, destination, source);
    }
}
