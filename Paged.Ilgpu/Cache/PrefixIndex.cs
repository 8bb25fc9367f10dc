using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Paged.Ilgpu.Cache;

/// <summary>A place in the tree of all prefixes: the end of a chain of full blocks.</summary>
/// <param name="Hash">Chained 128-bit hash of all tokens up to here, salt included.</param>
/// <param name="Identity">Number of this very prefix; no two different ones ever have the same. 0 is the root.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PrefixNode(UInt128 Hash, long Identity);

/// <summary>
/// Finds a full block by the tokens in it and everything before them. Blocks are looked up by a chained hash, as vLLM does, but a hit is
/// believed only where tokens and the identity of the prefix before them are equal: by induction over the chain a hit is exact, and a hash
/// collision costs time alone. Blocks with equal contents (twins) are listed under one hash; any of them serves.
/// </summary>
internal sealed class PrefixIndex
{
    private const int None = -1;

    private readonly int _blockSize;
    private readonly UInt128 _hashMask;
    private readonly Dictionary<UInt128, int> _first; // hash → first of its blocks; sized for the whole pool, so it never grows
    private readonly int[] _next; // [block] the next block of the same hash
    private readonly int[] _previous; // [block]
    private readonly PrefixNode[] _nodes; // [block] where the block ends; default where it is not indexed
    private readonly long[] _parents; // [block] identity of the prefix before the block
    private readonly string?[] _salts; // [block] for blocks right below the root, whose prefix is the salt alone
    private readonly int[] _tokens; // [block, slot]
    private long _lastIdentity;

    /// <summary>Creates an empty index for the blocks of a pool.</summary>
    /// <param name="blockCount">Blocks of the pool.</param>
    /// <param name="blockSize">Tokens of a block.</param>
    /// <param name="hashMask">Bits of the hash that count; tests clear most of them to see collisions.</param>
    public PrefixIndex(int blockCount, int blockSize, UInt128? hashMask = null)
    {
        _blockSize = blockSize;
        _hashMask = hashMask ?? UInt128.MaxValue;
        _first = new Dictionary<UInt128, int>(blockCount);
        _next = new int[blockCount];
        _previous = new int[blockCount];
        _nodes = new PrefixNode[blockCount];
        _parents = new long[blockCount];
        _salts = new string?[blockCount];
        _tokens = new int[(long)blockCount * blockSize];
    }

    /// <summary>Number of indexed blocks.</summary>
    public int Count { get; private set; }

    /// <summary>Whether a block can be found.</summary>
    public bool Contains(int block) => _nodes[block].Identity != 0;

    /// <summary>Where an indexed block ends.</summary>
    public PrefixNode NodeOf(int block) => _nodes[block];

    /// <summary>The root of all prefixes with a salt.</summary>
    public static PrefixNode Root(string? salt) =>
        new(salt is null ? UInt128.Zero : XxHash128.HashToUInt128(MemoryMarshal.AsBytes(salt.AsSpan()), seed: 1), Identity: 0);

    /// <summary>Finds a block that holds these tokens after that prefix.</summary>
    /// <param name="parent">The prefix before the block.</param>
    /// <param name="salt">The salt of the prefix.</param>
    /// <param name="tokens">The tokens of one block, exactly.</param>
    /// <param name="block">The block found.</param>
    public bool TryFind(PrefixNode parent, string? salt, ReadOnlySpan<int> tokens, out int block) =>
        TryFind(HashOf(parent, tokens), parent, salt, tokens, out block);

    /// <summary>Makes a block findable under its tokens and the prefix before them.</summary>
    /// <returns>Where the block ends: the twin's place where there is a twin, else a new one.</returns>
    public PrefixNode Add(int block, PrefixNode parent, string? salt, ReadOnlySpan<int> tokens)
    {
        if (Contains(block))
            throw new InvalidOperationException($"block {block} is in the prefix index already");
        UInt128 hash = HashOf(parent, tokens);
        PrefixNode node = TryFind(hash, parent, salt, tokens, out int twin) ? _nodes[twin] : new PrefixNode(hash, ++_lastIdentity);
        _nodes[block] = node;
        _parents[block] = parent.Identity;
        _salts[block] = parent.Identity == 0 ? salt : null;
        tokens.CopyTo(TokensOf(block));

        ref int first = ref CollectionsMarshal.GetValueRefOrAddDefault(_first, hash, out bool exists)!;
        _previous[block] = None;
        _next[block] = exists ? first : None;
        if (exists)
            _previous[first] = block;
        first = block;
        Count++;
        return node;
    }

    /// <summary>Removes a block, which is about to get other contents.</summary>
    public void Remove(int block)
    {
        if (!Contains(block))
            throw new InvalidOperationException($"block {block} is not in the prefix index");
        int next = _next[block];
        int previous = _previous[block];
        if (next != None)
            _previous[next] = previous;
        if (previous != None)
            _next[previous] = next;
        else if (next != None)
            _first[_nodes[block].Hash] = next;
        else
            _first.Remove(_nodes[block].Hash);
        _nodes[block] = default;
        _salts[block] = null;
        Count--;
    }

    /// <summary>Proves the lists and the count from the ground up.</summary>
    public void CheckInvariants()
    {
        int listed = 0;
        foreach ((UInt128 hash, int first) in _first)
        {
            for (int block = first, previous = None; block != None; previous = block, block = _next[block])
            {
                bool sound = Contains(block) && _nodes[block].Hash == hash && _previous[block] == previous && ++listed <= _nodes.Length;
                if (!sound)
                    throw new InvalidOperationException($"prefix index: block {block} does not belong where it is listed");
            }
        }

        if (listed != Count)
            throw new InvalidOperationException($"prefix index: {listed} blocks listed, {Count} counted");
    }

    private bool TryFind(UInt128 hash, PrefixNode parent, string? salt, ReadOnlySpan<int> tokens, out int block)
    {
        if (!_first.TryGetValue(hash, out block))
            return false;
        for (; block != None; block = _next[block])
        {
            if (_parents[block] == parent.Identity
                && (parent.Identity != 0 || string.Equals(_salts[block], salt, StringComparison.Ordinal))
                && tokens.SequenceEqual(TokensOf(block)))
            {
                return true;
            }
        }

        return false;
    }

    private Span<int> TokensOf(int block) => _tokens.AsSpan(block * _blockSize, _blockSize);

    /// <summary>Chains by seeding with half of the parent's hash and mixing in the other half.</summary>
    private UInt128 HashOf(PrefixNode parent, ReadOnlySpan<int> tokens)
    {
        UInt128 hash = XxHash128.HashToUInt128(MemoryMarshal.AsBytes(tokens), seed: (long)(ulong)parent.Hash);
        return (hash ^ ((parent.Hash >> 64) * 0x9E3779B97F4A7C15)) & _hashMask;
    }
}
