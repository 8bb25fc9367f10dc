namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>What is done with each block of eight rows of a tile, given to kernels as a type parameter, see <see cref="IRowBlocks{TSelf}.ForEach"/>.</summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
public interface IRowBlockAction<TSelf>
    where TSelf : struct, IRowBlockAction<TSelf>
{
    /// <summary>Does it.</summary>
    /// <param name="action">What is the same for all blocks.</param>
    /// <param name="block">Which block; a constant.</param>
    static abstract void Take(TSelf action, int block);
}
