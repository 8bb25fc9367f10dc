namespace Paged.Ilgpu.Cache;

/// <summary>
/// Who owns each block of a pool, in one array: a reference count per block, and the blocks that nobody owns on a doubly linked list
/// threaded through it (the intrusive free list of vLLM's block pool). Every operation takes constant time and allocates nothing.
/// A block may be marked as worth keeping: when its last owner leaves it goes to the list's tail, to be taken last; others go to the head.
/// </summary>
public sealed partial class BlockPool
{
    private readonly Block[] _blocks; // [block], and the list's sentinel at BlockCount

    /// <summary>Creates a pool of free blocks, 0 to <paramref name="blockCount"/> − 1, taken in that order.</summary>
    /// <param name="blockCount">At least 0.</param>
    public BlockPool(int blockCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(blockCount);
        BlockCount = blockCount;
        AvailableCount = blockCount;
        _blocks = new Block[blockCount + 1];
        for (int block = 0; block <= blockCount; block++)
        {
            _blocks[block].Next = block == blockCount ? 0 : block + 1;
            _blocks[block].Previous = block == 0 ? blockCount : block - 1;
        }
    }

    /// <summary>Number of blocks in all: free + cached + owned.</summary>
    public int BlockCount { get; }

    /// <summary>Blocks that nobody owns and that can be taken: free + cached.</summary>
    public int AvailableCount { get; private set; }

    /// <summary>Blocks that nobody owns whose contents can still be found.</summary>
    public int CachedCount { get; private set; }

    /// <summary>Blocks with neither owner nor contents worth keeping.</summary>
    public int FreeCount => AvailableCount - CachedCount;

    /// <summary>Blocks with at least one owner.</summary>
    public int OwnedCount => BlockCount - AvailableCount;

    /// <summary>Blocks with two owners or more.</summary>
    public int SharedCount { get; private set; }

    /// <summary>Owners of all blocks together: what would be owned if nothing were shared.</summary>
    public long ReferenceCount { get; private set; }

    /// <summary>Insertions into and removals from the list since the pool was made; shows that the work per block is constant.</summary>
    public long ListOperations { get; private set; }

    private int Sentinel => BlockCount;

    /// <summary>Number of owners of a block.</summary>
    public int References(int block) => _blocks[block].References;

    /// <summary>Whether the contents of a block can be found again, owned or not.</summary>
    public bool IsKept(int block) => _blocks[block].Kept;

    /// <summary>Takes the block at the head of the list for one owner.</summary>
    /// <param name="wasKept">True where the block held contents that could be found until now; they no longer can.</param>
    /// <exception cref="InvalidOperationException">Every block is owned; nothing is changed.</exception>
    public int Take(out bool wasKept)
    {
        if (AvailableCount == 0)
            throw new InvalidOperationException($"all {BlockCount} blocks are owned: none can be taken");
        int block = _blocks[Sentinel].Next;
        Unlink(block);
        wasKept = _blocks[block].Kept;
        _blocks[block].Kept = false;
        _blocks[block].References = 1;
        ReferenceCount++;
        return block;
    }

    /// <summary>Adds an owner. A block that nobody owned leaves the list with its contents.</summary>
    /// <exception cref="InvalidOperationException">Nobody owns the block and its contents are not kept: there is nothing to share.</exception>
    public void AddReference(int block)
    {
        if (_blocks[block].References == 0)
        {
            if (!_blocks[block].Kept)
                throw new InvalidOperationException($"block {block} is free: it cannot be shared");
            Unlink(block);
        }

        _blocks[block].References++;
        ReferenceCount++;
        if (_blocks[block].References == 2)
            SharedCount++;
    }

    /// <summary>Removes an owner; the last one puts the block back on the list.</summary>
    /// <returns>True where that was the last owner.</returns>
    /// <exception cref="InvalidOperationException">The block is not of this pool or has no owner; nothing is changed.</exception>
    public bool Release(int block)
    {
        if ((uint)block >= (uint)BlockCount)
            throw new InvalidOperationException($"block {block} is not of this pool: it has blocks 0 to {BlockCount - 1}");
        if (_blocks[block].References == 0)
            throw new InvalidOperationException($"block {block} has no owner: it was freed before");
        _blocks[block].References--;
        ReferenceCount--;
        if (_blocks[block].References == 1)
            SharedCount--;
        if (_blocks[block].References > 0)
            return false;
        if (_blocks[block].Kept)
            LinkBefore(Sentinel, block);
        else
            LinkBefore(_blocks[Sentinel].Next, block);
        return true;
    }

    /// <summary>Marks the contents of an owned block as worth keeping beyond its last owner.</summary>
    public void Keep(int block)
    {
        if (_blocks[block].References == 0)
            throw new InvalidOperationException($"block {block} has no owner: its contents cannot be kept");
        _blocks[block].Kept = true;
    }

    /// <summary>Forgets the contents of a block; one that nobody owns goes to the head of the list.</summary>
    public void Forget(int block)
    {
        if (!_blocks[block].Kept)
            return;
        bool unowned = _blocks[block].References == 0;
        if (unowned)
            Unlink(block);
        _blocks[block].Kept = false;
        if (unowned)
            LinkBefore(_blocks[Sentinel].Next, block);
    }

    private void LinkBefore(int successor, int block)
    {
        int predecessor = _blocks[successor].Previous;
        _blocks[predecessor].Next = block;
        _blocks[block].Previous = predecessor;
        _blocks[block].Next = successor;
        _blocks[successor].Previous = block;
        AvailableCount++;
        CachedCount += _blocks[block].Kept ? 1 : 0;
        ListOperations++;
    }

    private void Unlink(int block)
    {
        int predecessor = _blocks[block].Previous;
        int successor = _blocks[block].Next;
        _blocks[predecessor].Next = successor;
        _blocks[successor].Previous = predecessor;
        AvailableCount--;
        CachedCount -= _blocks[block].Kept ? 1 : 0;
        ListOperations++;
    }

    private struct Block
    {
        public int Next; // on the list
        public int Previous;
        public int References; // owners; 0 = on the list
        public bool Kept; // contents can be found again
    }
}
