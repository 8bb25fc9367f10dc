using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Vector;

/// <summary>Walks the positions of a sequence for one layer and KV head, block by block: within a block slots follow each other.</summary>
/// <param name="blockIds">The step's block tables.</param>
/// <param name="table">The first entry of the sequence's.</param>
/// <param name="layout">Where things lie in the pool.</param>
/// <param name="layer">The layer.</param>
internal readonly struct BlockWalk(ArrayView<int> blockIds, long table, KvLayout layout, int layer)
{
    /// <summary>Positions from one on that lie in the same block, at most so many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int RunLength(int position, int most) => IntrinsicMath.Min(layout.BlockSize - position % layout.BlockSize, most);

    /// <summary>The first octet of a position's key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long KeyOctet(int position) => layout.KeyOctet(
        blockIds[table + position / layout.BlockSize], layer, Grid.IdxY, position % layout.BlockSize);
}
