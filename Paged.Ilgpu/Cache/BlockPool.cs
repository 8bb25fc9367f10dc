namespace Paged.Ilgpu.Cache;

/// <summary>
/// Who owns each block of a pool, in arrays alone: a reference count per block, and the blocks that nobody owns on a doubly linked list
/// threaded through two arrays (the intrusive free list of vLLM's block pool). Every operation takes constant time and allocates nothing.
/// A block may be marked as worth keeping: when its last owner leaves it goes to the list's tail, to be taken last; others go to the head.
/// </summary>
public sealed class BlockPool
{
    private readonly int[] _next; // [block], and the list's sentinel at BlockCount
    private readonly int[] _previous; // [block], and the sentinel
    private readonly int[] _references; // [block] owners; 0 = on the list
    private readonly bool[] _kept; // [block] contents can be found again

    /// <summary>Creates a pool of free blocks, 0 to <paramref name="blockCount"/> − 1, taken in that order.</summary>
    /// <param name="blockCount">At least 0.</param>
    public BlockPool(int blockCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(blockCount);
        BlockCount = blockCount;
        AvailableCount = blockCount;
        _next = new int[blockCount + 1];
        _previous = new int[blockCount + 1];
        _references = new int[blockCount];
        _kept = new bool[blockCount];
        for (int block = 0; block <= blockCount; block++)
        {
            _next[block] = block == blockCount ? 0 : block + 1;
            _previous[block] = block == 0 ? blockCount : block - 1;
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
    public int References(int block) => _references[block];

    /// <summary>Whether the contents of a block can be found again, owned or not.</summary>
    public bool IsKept(int block) => _kept[block];

    /// <summary>Takes the block at the head of the list for one owner.</summary>
    /// <param name="wasKept">True where the block held contents that could be found until now; they no longer can.</param>
    /// <exception cref="InvalidOperationException">Every block is owned; nothing is changed.</exception>
    public int Take(out bool wasKept)
    {
        if (AvailableCount == 0)
            throw new InvalidOperationException($"all {BlockCount} blocks are owned: none can be taken");
        int block = _next[Sentinel];
        Unlink(block);
        wasKept = _kept[block];
        _kept[block] = false;
        _references[block] = 1;
        ReferenceCount++;
        return block;
    }

    /// <summary>Adds an owner. A block that nobody owned leaves the list with its contents.</summary>
    /// <exception cref="InvalidOperationException">Nobody owns the block and its contents are not kept: there is nothing to share.</exception>
    public void AddReference(int block)
    {
        if (_references[block] == 0)
        {
            if (!_kept[block])
                throw new InvalidOperationException($"block {block} is free: it cannot be shared");
            Unlink(block);
        }

        _references[block]++;
        ReferenceCount++;
        if (_references[block] == 2)
            SharedCount++;
    }

    /// <summary>Removes an owner; the last one puts the block back on the list.</summary>
    /// <returns>True where that was the last owner.</returns>
    /// <exception cref="InvalidOperationException">The block is not of this pool or has no owner; nothing is changed.</exception>
    public bool Release(int block)
    {
        if ((uint)block >= (uint)BlockCount)
            throw new InvalidOperationException($"block {block} is not of this pool: it has blocks 0 to {BlockCount - 1}");
        if (_references[block] == 0)
            throw new InvalidOperationException($"block {block} has no owner: it was freed before");
        _references[block]--;
        ReferenceCount--;
        if (_references[block] == 1)
            SharedCount--;
        if (_references[block] > 0)
            return false;
        if (_kept[block])
            LinkBefore(Sentinel, block);
        else
            LinkBefore(_next[Sentinel], block);
        return true;
    }

    /// <summary>Marks the contents of an owned block as worth keeping beyond its last owner.</summary>
    public void Keep(int block)
    {
        if (_references[block] == 0)
            throw new InvalidOperationException($"block {block} has no owner: its contents cannot be kept");
        _kept[block] = true;
    }

    /// <summary>Forgets the contents of a block; one that nobody owns goes to the head of the list.</summary>
    public void Forget(int block)
    {
        if (!_kept[block])
            return;
        bool unowned = _references[block] == 0;
        if (unowned)
            Unlink(block);
        _kept[block] = false;
        if (unowned)
            LinkBefore(_next[Sentinel], block);
    }

    /// <summary>Proves the pool's counts and its list from the ground up, in time proportional to the pool.</summary>
    /// <exception cref="InvalidOperationException">Something is not as it must be; the message says what.</exception>
    public void CheckInvariants()
    {
        int listed = 0;
        int cached = 0;
        for (int block = _next[Sentinel], previous = Sentinel; block != Sentinel; previous = block, block = _next[block])
        {
            Require(_previous[block] == previous, $"block {block} and its neighbour {previous} disagree");
            Require(_references[block] == 0, $"block {block} is on the free list with {_references[block]} owners");
            Require(++listed <= BlockCount, "the free list has a loop");
            if (_kept[block])
                cached++;
        }

        Require(listed == AvailableCount, $"{listed} blocks on the free list, {AvailableCount} counted");
        Require(cached == CachedCount, $"{cached} cached blocks on the free list, {CachedCount} counted");
        int owned = 0;
        int shared = 0;
        long references = 0;
        foreach (int count in _references)
        {
            Require(count >= 0, $"a block has {count} owners");
            owned += count > 0 ? 1 : 0;
            shared += count > 1 ? 1 : 0;
            references += count;
        }

        Require(owned == OwnedCount, $"{owned} blocks owned, {OwnedCount} counted");
        Require(shared == SharedCount, $"{shared} blocks shared, {SharedCount} counted");
        Require(references == ReferenceCount, $"{references} references, {ReferenceCount} counted");
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
            throw new InvalidOperationException($"block pool: {otherwise}");
    }

    private void LinkBefore(int successor, int block)
    {
        int predecessor = _previous[successor];
        _next[predecessor] = block;
        _previous[block] = predecessor;
        _next[block] = successor;
        _previous[successor] = block;
        AvailableCount++;
        CachedCount += _kept[block] ? 1 : 0;
        ListOperations++;
    }

    private void Unlink(int block)
    {
        int predecessor = _previous[block];
        int successor = _next[block];
        _next[predecessor] = successor;
        _previous[successor] = predecessor;
        AvailableCount--;
        CachedCount -= _kept[block] ? 1 : 0;
        ListOperations++;
    }
}
