using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Vector;

/// <summary>How far the rows of a tile see: each up to its own position.</summary>
/// <param name="firstPosition">The position of the run's first token.</param>
/// <param name="firstRow">The tile's first row within the run.</param>
/// <param name="rowsPerToken">Rows of one token: query heads that share a KV head.</param>
internal readonly struct CausalReach(int firstPosition, int firstRow, int rowsPerToken)
{
    /// <summary>The position of a row's token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int PositionOf(int row) => firstPosition + (firstRow + row) / rowsPerToken;

    /// <summary>How many positions of a partition a row sees; not above 0 where it ends before.</summary>
    /// <param name="row">The row within the tile.</param>
    /// <param name="start">The partition's first position.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Visible(int row, int start) => IntrinsicMath.Min(AttentionKernel.PartitionSize, PositionOf(row) + 1 - start);
}
