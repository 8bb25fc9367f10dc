using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Paged.Ilgpu.Kernels.Cuda;

using Launcher = Action<KernelConfig, LinearInput, PacketSource, StepMaps, LinearOutput, PieceExchange, int, int>;
using Rows256 = PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<OneRowBlock>>>>>;

/// <summary>The two forms of <see cref="WarpgroupLinearKernel"/> with one way of finishing, each loaded when it is first needed.</summary>
internal sealed class TileLinearLaunchers<TUnit, TMemory, TGroup, TWeights, TFinish>(Accelerator accelerator, PieceWorkspace workspace, LinearTuning tuning)
    where TUnit : struct, IMatrixUnit
    where TMemory : struct, IPacketMemory
    where TGroup : struct, IWarpgroup
    where TWeights : struct, IMatrixWeights
    where TFinish : struct, IFinish
{
    private readonly Lazy<Launcher> _wholeTiles = new(() => Load<WholeTiles>(accelerator));
    private readonly Lazy<Launcher> _piecesOfTiles = new(() => Load<PieceOfTile>(accelerator));

    /// <summary>Launches one of them where the tiles, or their pieces, are enough for the device.</summary>
    /// <param name="input">The input.</param>
    /// <param name="weight">The weights.</param>
    /// <param name="output">Where sums go.</param>
    /// <param name="stepsPerPiece">Steps of a piece of a sum.</param>
    /// <returns>Whether one was launched.</returns>
    public bool TryLaunch(LinearInput input, PackedMatrix weight, LinearOutput output, int stepsPerPiece)
    {
        int tilesOfEight = RoundUp(weight.Columns, MatrixLayout.ColumnsPerBlock) * (MatrixLayout.ColumnsPerBlock / MatrixLayout.ColumnsPerTile);
        int tiles = TileShare.Groups * TileShare.Count(input.Rows, tilesOfEight, 1);
        int pieces = workspace.GroupsPerTile(
            tiles, WarpgroupLinearKernel.Rows * WarpgroupSteps.Columns, RoundUp(MatrixLayout.StepsFor(weight.Octets), stepsPerPiece), tuning.EnoughTiles);
        if (pieces is not (1 or TilePieces<TGroup>.Count) || pieces * tiles < tuning.FewestTilesOfWarpgroups)
            return false;
        int most = accelerator.NumMultiprocessors / TileShare.Groups * TileShare.Groups;
        (pieces > 1 ? _piecesOfTiles : _wholeTiles).Value(
            new KernelConfig(new Index3D(Math.Min(pieces * tiles, Math.Max(most, TileShare.Groups)), 1, 1), new Index3D(GroupSize, 1, 1)),
            input,
            new PacketSource(weight.Packets),
            accelerator is CudaAccelerator ? workspace.Maps.Of(input, weight, TWeights.PacketsPerBlock * WarpgroupSteps.Warps) : default,
            output,
            workspace.Exchange,
            tilesOfEight,
            stepsPerPiece);
        return true;
    }

    private int GroupSize => accelerator is CudaAccelerator ? SentSteps.GroupSize : CopiedSteps.GroupSize;

    private static Launcher Load<TShare>(Accelerator accelerator)
        where TShare : struct, IGroupShare
    {
        if (accelerator is not CudaAccelerator cuda)
        {
            return accelerator.LoadStreamKernel<LinearInput, PacketSource, StepMaps, LinearOutput, PieceExchange, int, int>(
                WarpgroupLinearKernel.Run<TUnit, TMemory, TGroup, CopiedSteps, TShare, TWeights, Rows256, TFinish>,
                WarpgroupLinearKernel.LaunchBounds<CopiedSteps>());
        }

        Action<LinearInput, PacketSource, StepMaps, LinearOutput, PieceExchange, int, int> kernel =
            WarpgroupLinearKernel.Run<TUnit, TMemory, TGroup, SentSteps, TShare, TWeights, Rows256, TFinish>;
        int sharedBytes = WarpgroupLinearKernel.SharedBytes<SentSteps, TShare, TWeights>();
        var launcher = SpecificKernels.Load<Action<AcceleratorStream, KernelConfig, LinearInput, PacketSource, StepMaps, LinearOutput, PieceExchange, int, int>>(
            cuda, kernel.Method, WarpgroupLinearKernel.LaunchBounds<SentSteps>(), sharedBytes, TileShare.Groups);
        return (config, input, weight, maps, output, pieces, tiles, stepsPerPiece) => launcher(
            accelerator.DefaultStream,
            new KernelConfig(config.GridDim, config.GroupDim, SharedMemoryConfig.RequestDynamic<byte>(sharedBytes)),
            input,
            weight,
            maps,
            output,
            pieces,
            tiles,
            stepsPerPiece);
    }

    private static int RoundUp(int count, int unit) => (count + unit - 1) / unit;
}
