using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// How the groups that compute the pieces of one tile, the first dimension of the grid, add them in their order and give the sums on, given to
/// kernels as a type parameter.
/// </summary>
public interface IPieceMeeting
{
    /// <summary>Adds the pieces and gives the sums on; all items of the groups call it, and nothing of shared memory is needed any more.</summary>
    /// <param name="pieces">Device memory to meet in.</param>
    /// <param name="sums">What <see cref="IWarpgroup.AllocateSums"/> gave; none under way.</param>
    /// <param name="staged">Shared memory, two packets or more for each four sums of an item.</param>
    /// <param name="target">Where the sums go.</param>
    static abstract void Finish<TGroup, TBlocks, TFinish>(PieceExchange pieces, ArrayView<float> sums, StagedPackets staged, LinearTarget target)
        where TGroup : struct, IWarpgroup
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish;
}
