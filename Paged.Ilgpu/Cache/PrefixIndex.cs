using System.IO.Hashing;
using System.Numerics;
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
/// collision costs time alone.
/// <para>
/// A hash table whose entries are the blocks themselves: buckets lead to chains of different prefixes, and behind each of these hang its
/// twins, blocks with equal contents, any of which serves. Both lists are doubly linked, so that adding and removing take constant time
/// and allocate nothing.
/// </para>
/// </summary>
internal sealed partial class PrefixIndex
{
    private const int None = -1;

    private readonly int _blockSize;
    private readonly UInt128 _hashMask;
    private readonly int[] _buckets; // [hash & (length − 1)] first block of the chain
    private readonly Entry[] _entries; // [block]
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
        _buckets = new int[BitOperations.RoundUpToPowerOf2((uint)blockCount) * 2];
        _buckets.AsSpan().Fill(None);
        _entries = new Entry[blockCount];
        _salts = new string?[blockCount];
        _tokens = new int[checked(blockCount * blockSize)];
    }

    /// <summary>Number of indexed blocks.</summary>
    public int Count { get; private set; }

    /// <summary>The root of all prefixes with a salt.</summary>
    public static PrefixNode Root(string? salt) =>
        new(salt is null ? UInt128.Zero : XxHash128.HashToUInt128(MemoryMarshal.AsBytes(salt.AsSpan()), seed: 1), Identity: 0);

    /// <summary>Whether a block can be found.</summary>
    public bool Contains(int block) => _entries[block].Node.Identity != 0;

    /// <summary>Where an indexed block ends.</summary>
    public PrefixNode NodeOf(int block) => _entries[block].Node;

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
        bool isTwin = TryFind(hash, parent, salt, tokens, out int first);
        PrefixNode node = isTwin ? _entries[first].Node : new PrefixNode(hash, ++_lastIdentity);
        _entries[block] = new Entry { Node = node, Parent = parent.Identity, Next = None, Previous = None, NextTwin = None, PreviousTwin = None };
        if (parent.Identity == 0)
            _salts[block] = salt;
        tokens.CopyTo(TokensOf(block));
        if (isTwin)
            LinkTwin(first, block);
        else
            LinkFirst(block);
        Count++;
        return node;
    }

    /// <summary>Removes a block, which is about to get other contents.</summary>
    public void Remove(int block)
    {
        if (!Contains(block))
            throw new InvalidOperationException($"block {block} is not in the prefix index");
        Unlink(block);
        _entries[block] = default;
        Count--;
    }

    private bool TryFind(UInt128 hash, PrefixNode parent, string? salt, ReadOnlySpan<int> tokens, out int block)
    {
        for (block = BucketOf(hash); block != None; block = _entries[block].Next)
        {
            ref readonly Entry entry = ref _entries[block];
            if (entry.Node.Hash == hash
                && entry.Parent == parent.Identity
                && (parent.Identity != 0 || string.Equals(_salts[block], salt, StringComparison.Ordinal))
                && tokens.SequenceEqual(TokensOf(block)))
            {
                return true;
            }
        }

        return false;
    }

    private Span<int> TokensOf(int block) => _tokens.AsSpan(block * _blockSize, _blockSize);

    /// <summary>Chains by seeding with one half of the parent's hash and mixing in the other.</summary>
    private UInt128 HashOf(PrefixNode parent, ReadOnlySpan<int> tokens)
    {
        UInt128 hash = XxHash128.HashToUInt128(MemoryMarshal.AsBytes(tokens), seed: (long)(ulong)parent.Hash);
        return (hash ^ ((parent.Hash >> 64) * 0x9E3779B97F4A7C15)) & _hashMask;
    }
}
