namespace Paged.Ilgpu.Cache;

/// <summary>The proof that the books are right.</summary>
public sealed partial class BlockPool
{
    /// <summary>Proves the pool's counts and its list from the ground up, in time proportional to the pool.</summary>
    /// <exception cref="InvalidOperationException">Something is not as it must be; the message says what.</exception>
    public void CheckInvariants()
    {
        int listed = 0;
        int cached = 0;
        for (int block = _blocks[Sentinel].Next, previous = Sentinel; block != Sentinel; previous = block, block = _blocks[block].Next)
        {
            Require(_blocks[block].Previous == previous, $"block {block} and its neighbour {previous} disagree");
            Require(_blocks[block].References == 0, $"block {block} is on the free list with {_blocks[block].References} owners");
            Require(++listed <= BlockCount, "the free list has a loop");
            if (_blocks[block].Kept)
                cached++;
        }

        Require(listed == AvailableCount, $"{listed} blocks on the free list, {AvailableCount} counted");
        Require(cached == CachedCount, $"{cached} cached blocks on the free list, {CachedCount} counted");
        int owned = 0;
        int shared = 0;
        long references = 0;
        foreach (Block block in _blocks.AsSpan(0, BlockCount))
        {
            int count = block.References;
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
}
