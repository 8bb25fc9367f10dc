namespace Paged.Ilgpu.Cache;

/// <summary>Moving sequences to host memory and back (Kwon et al. 2023, section 4.5).</summary>
public sealed partial class KvCacheManager
{
    /// <summary>
    /// Moves what a table stores to host memory and gives up its device blocks. Blocks that others share are copied, and stay with them.
    /// </summary>
    /// <returns>False where nothing is stored or the swap space has too few blocks; then nothing has changed.</returns>
    public bool TrySwapOut(BlockTable table)
    {
        if (table.IsSwapped)
            throw new InvalidOperationException("the table is in swap space already");
        int blockCount = BlocksFor(table.StoredTokens);
        if (blockCount == 0 || blockCount > _swapPool.AvailableCount)
            return false;
        for (int index = table.Count - 1; index >= 0; index--)
        {
            int block = table.Blocks[index];
            Release(table, index);
            if (index >= blockCount) // reserved ahead: nothing in it
            {
                Note(CacheEventKind.Free, table, block);
                continue;
            }

            int host = _swapPool.Take(out _);
            table.Replace(index, host);
            _transfers.Add(new BlockTransfer(BlockTransferKind.SwapOut, block, host));
            Note(CacheEventKind.SwapOut, table, block, host);
        }

        table.Truncate(blockCount);
        table.IsSwapped = true;
        table.Capacity = 0;
        table.TailMayBeShared = false;
        _logicalTokens -= table.StoredTokens;
        return true;
    }

    /// <summary>Brings a table back: what the device still has is shared, the rest is copied from the host.</summary>
    private void SwapIn(BlockTable table)
    {
        table.IsSwapped = false;
        for (int index = 0; index < table.Count; index++)
        {
            int host = table.Blocks[index];
            bool isHit = index < _found.Count;
            int block = isHit ? _found[index] : Take();
            table.Replace(index, block);
            table.Capacity += Options.BlockSize;
            _swapPool.Release(host);
            if (isHit)
            {
                Note(CacheEventKind.HostFree, table, host);
                Note(CacheEventKind.Share, table, block);
                continue;
            }

            _storedSlots += TokensIn(table, index);
            _transfers.Add(new BlockTransfer(BlockTransferKind.SwapIn, host, block));
            Note(CacheEventKind.SwapIn, table, block, host);
        }
    }
}
