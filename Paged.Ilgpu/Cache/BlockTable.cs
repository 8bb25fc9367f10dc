using System.Buffers;

namespace Paged.Ilgpu.Cache;

/// <summary>
/// The blocks of one sequence in order: token position p lies in block <c>Blocks[p / blockSize]</c>, slot <c>p % blockSize</c>, in every
/// layer. Only the <see cref="KvCacheManager"/> that a table is used with changes it.
/// </summary>
public sealed class BlockTable
{
    private int[] _blocks = []; // [index] rented; the first Count entries count

    /// <summary>Creates an empty table.</summary>
    /// <param name="owner">The number under which the event trace speaks of the table's sequence.</param>
    /// <param name="salt">Tables share prefixes only where their salts are equal; null is a salt like any other.</param>
    public BlockTable(long owner = 0, string? salt = null)
    {
        Owner = owner;
        Salt = salt;
    }

    /// <summary>The number under which the event trace speaks of the table's sequence.</summary>
    public long Owner { get; }

    /// <summary>Tables share prefixes only where their salts are equal.</summary>
    public string? Salt { get; }

    /// <summary>Number of blocks.</summary>
    public int Count { get; private set; }

    /// <summary>Tokens whose keys and values are stored, once the step that is scheduled has run.</summary>
    public int StoredTokens { get; internal set; }

    /// <summary>Whether the blocks are in the host's swap space; a table is wholly on the device or wholly there.</summary>
    public bool IsSwapped { get; internal set; }

    /// <summary>The block ids in order; valid until the table changes.</summary>
    public ReadOnlySpan<int> Blocks => _blocks.AsSpan(0, Count);

    /// <summary>Token slots of the blocks held: Count × block size, kept so that appending needs no division.</summary>
    internal int Capacity { get; set; }

    /// <summary>Whether the block that the next token goes to may have another owner; only then are its references looked at.</summary>
    internal bool TailMayBeShared { get; set; }

    /// <summary>Leading blocks that the prefix index knows.</summary>
    internal int IndexedBlocks { get; set; }

    /// <summary>The stored length at which the next block is full and goes into the prefix index.</summary>
    internal int NextIndexedLength { get; set; }

    /// <summary>Where the indexed blocks end in the tree of all prefixes.</summary>
    internal PrefixNode Prefix { get; set; }

    /// <summary>Makes room for <paramref name="blockCount"/> blocks in all, so that adding up to that many allocates nothing.</summary>
    public void EnsureCapacity(int blockCount)
    {
        if (blockCount <= _blocks.Length)
            return;
        int[] larger = ArrayPool<int>.Shared.Rent(Math.Max(blockCount, 2 * _blocks.Length));
        Blocks.CopyTo(larger);
        ReturnArray();
        _blocks = larger;
    }

    internal void Add(int block)
    {
        if (Count == _blocks.Length)
            EnsureCapacity(Count + 1);
        _blocks[Count++] = block;
    }

    internal void Replace(int index, int block) => _blocks[index] = block;

    internal void Truncate(int count) => Count = count;

    internal void Clear()
    {
        ReturnArray();
        _blocks = [];
        Count = 0;
        Capacity = 0;
        StoredTokens = 0;
        IsSwapped = false;
        TailMayBeShared = false;
        IndexedBlocks = 0;
        NextIndexedLength = 0;
    }

    private void ReturnArray()
    {
        if (_blocks.Length > 0)
            ArrayPool<int>.Shared.Return(_blocks);
    }
}
