using System.Runtime.CompilerServices;

namespace Paged.Ilgpu.Kernels;

/// <summary>
/// The one formula of where keys and values lie in the pool: [block, layer, key or value, kvHead, slot, octet]. All layers of a
/// block lie together, so that a block is swapped or copied in one piece; the slots of a head lie together, so that attention
/// reads runs. Passed to kernels by value.
/// </summary>
public readonly struct KvLayout
{
    /// <summary>Positions of a sequence are below this: up to it <see cref="TableEntry"/> is exact.</summary>
    public const int MostPositions = 1 << 20;

    private const int InverseBits = 40;

    private readonly long _inverseBlockSize;

    /// <summary>Creates the layout of a pool.</summary>
    /// <param name="layerCount">Layers of the model.</param>
    /// <param name="keyValueHeadCount">Key and value heads.</param>
    /// <param name="headDim">Elements of one head.</param>
    /// <param name="blockSize">Slots of one block, at least 1.</param>
    public KvLayout(int layerCount, int keyValueHeadCount, int headDim, int blockSize)
    {
        LayerCount = layerCount;
        KeyValueHeadCount = keyValueHeadCount;
        BlockSize = blockSize;
        HeadOctets = Octet.CountFor(headDim);
        _inverseBlockSize = (1L << InverseBits) / blockSize + 1;
    }

    /// <summary>Layers of the model.</summary>
    public int LayerCount { get; }

    /// <summary>Key and value heads.</summary>
    public int KeyValueHeadCount { get; }

    /// <summary>Slots of one block.</summary>
    public int BlockSize { get; }

    /// <summary>
    /// The entry of a block table that has a position, by a multiplication: a division is some thirty instructions on a GPU. With the inverse rounded
    /// up by less than 2^-40 the quotient is too large by less than position / 2^40, and its whole part is exact while position × blockSize is
    /// below 2^40.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int TableEntry(int position) => (int)(position * _inverseBlockSize >> InverseBits);

    /// <summary>Octets of one head's row.</summary>
    public int HeadOctets { get; }

    /// <summary>Octets from the keys of a layer in a block to its values.</summary>
    public long ValueOffset => (long)KeyValueHeadCount * BlockSize * HeadOctets;

    /// <summary>Octets of one block, all layers, keys and values.</summary>
    public long OctetsPerBlock => 2 * LayerCount * ValueOffset;

    /// <summary>The first octet of a key; its value lies <see cref="ValueOffset"/> further.</summary>
    /// <param name="block">Block id.</param>
    /// <param name="layer">Layer, from 0.</param>
    /// <param name="keyValueHead">Key and value head, from 0.</param>
    /// <param name="slot">Slot within the block, from 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long KeyOctet(int block, int layer, int keyValueHead, int slot) =>
        block * OctetsPerBlock + 2 * layer * ValueOffset + ((long)keyValueHead * BlockSize + slot) * HeadOctets;
}
