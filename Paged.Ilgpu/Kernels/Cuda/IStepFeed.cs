using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// How the steps of 32 input features come to the groups of <see cref="WarpgroupLinearKernel"/>, given to the kernel as a type parameter. Groups of a
/// cluster are next to each other in the grid.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
public interface IStepFeed<TSelf>
    where TSelf : struct, IStepFeed<TSelf>
{
    /// <summary>Items of a group, those included that bring steps and do nothing else.</summary>
    static abstract int GroupSize { get; }

    /// <summary>Whether this item brings steps and does nothing else.</summary>
    static abstract bool IsSender { get; }

    /// <summary>Whether this item is one of those that multiply.</summary>
    static abstract bool Multiplies { get; }

    /// <summary>Packets of shared memory for steps.</summary>
    /// <param name="bytes">Shared memory that there is for them; a constant.</param>
    static abstract int Packets<TWeights>(int bytes)
        where TWeights : struct, IMatrixWeights;

    /// <summary>Makes the shared memory for steps. Once a kernel, by all items of the group.</summary>
    /// <param name="input">The input, of whole pairs of steps.</param>
    /// <param name="weight">The weights.</param>
    /// <param name="maps">Both, for the hardware.</param>
    /// <param name="tiles">Tiles of eight columns that there are, padding included.</param>
    /// <param name="bytes">Shared memory that there is for steps; a constant.</param>
    /// <param name="besides">Elements of shared memory beside them, see <see cref="IPacketMemory.LargeSums"/>; a constant.</param>
    static abstract TSelf Make<TUnit, TMemory, TWeights>(LinearInput input, PacketSource weight, StepMaps maps, int tiles, int bytes, int besides)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights;

    /// <summary>Brings the steps of a share; the sender calls it for one share after the other.</summary>
    static abstract TSelf Send<TWeights>(TSelf feed, TileShare share, int bytes)
        where TWeights : struct, IMatrixWeights;

    /// <summary>Makes items that multiply ready for the first of their shares.</summary>
    static abstract TSelf BeginMultiplying<TWeights>(TSelf feed)
        where TWeights : struct, IMatrixWeights;

    /// <summary>Makes a share's first steps come; items that multiply call it for the shares that the sender sends.</summary>
    static abstract TSelf Begin<TMemory, TWeights>(TSelf feed, TileShare share, int bytes)
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights;

    /// <summary>Sums the products of steps, all of one share, one run of them after the other.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="sums">What <see cref="IWarpgroup.AllocateSums"/> gave.</param>
    /// <param name="bytes">Shared memory for steps; a constant.</param>
    /// <param name="first">The first step.</param>
    /// <param name="end">The first step that is not multiplied, an even number further.</param>
    static abstract TSelf Multiply<TUnit, TMemory, TGroup, TWeights>(TSelf feed, ArrayView<float> sums, int bytes, int first, int end)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TGroup : struct, IWarpgroup
        where TWeights : struct, IMatrixWeights;

    /// <summary>Has the two groups with a tile's pieces, see <see cref="SplitTile{TBlocks}"/>, add them and give the sums on; all items that multiply call it.</summary>
    /// <param name="feed">The feed, all of whose steps are multiplied.</param>
    /// <param name="pieces">Device memory.</param>
    /// <param name="sums">What <see cref="IWarpgroup.AllocateSums"/> gave; none under way.</param>
    /// <param name="share">The pieces.</param>
    /// <param name="target">Where complete sums go.</param>
    static abstract void Meet<TGroup, TBlocks, TFinish>(TSelf feed, PieceExchange pieces, ArrayView<float> sums, TileShare share, LinearTarget target)
        where TGroup : struct, IWarpgroup
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish;

    /// <summary>Waits for all items that multiply, which see what the others wrote.</summary>
    static abstract void Barrier();

    /// <summary>The same, and says whether the condition holds for one of them.</summary>
    static abstract bool BarrierOr(bool condition);

    /// <summary>Ends the kernel, by all items that multiply.</summary>
    static abstract void End();
}
