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

    /// <summary>Launches a group for each piece of each tile, where there are fewer tiles than multiprocessors and their pieces fill the device.</summary>
    /// <param name="input">The input.</param>
    /// <param name="weight">The weights.</param>
    /// <param name="output">Where sums go.</param>
    /// <param name="stepsPerPiece">Steps of a piece of a sum.</param>
    /// <returns>Whether the kernel was launched.</returns>
    public bool TryLaunchPieces(LinearInput input, PackedMatrix weight, LinearOutput output, int stepsPerPiece)
    {
        int tiles = Tiles(input, weight);
        int pieces = workspace.GroupsPerTile(
            tiles, WarpgroupLinearKernel.Rows * WarpgroupSteps.Columns, RoundUp(MatrixLayout.StepsFor(weight.Octets), stepsPerPiece), tuning.EnoughTiles);
        if (pieces != TilePieces<TGroup>.Count || LinearTuning.Use(pieces * tiles, accelerator.NumMultiprocessors) < tuning.LeastUseOfSomeWarpgroups)
            return false;
        Launch(_piecesOfTiles.Value, pieces * tiles, input, weight, output, stepsPerPiece);
        return true;
    }

    /// <summary>Launches groups for whole tiles, where they are enough for the device; the parameters are the same.</summary>
    public bool TryLaunchTiles(LinearInput input, PackedMatrix weight, LinearOutput output, int stepsPerPiece)
    {
        int tiles = Tiles(input, weight);
        if (tiles < tuning.FewestTilesOfWarpgroups)
            return false;
        Launch(_wholeTiles.Value, tiles, input, weight, output, stepsPerPiece);
        return true;
    }

    private void Launch(Launcher launcher, int shares, LinearInput input, PackedMatrix weight, LinearOutput output, int stepsPerPiece)
    {
        int most = Math.Max(accelerator.NumMultiprocessors / TileShare.Groups, 1) * TileShare.Groups;
        bool isCuda = accelerator is CudaAccelerator;
        launcher(
            new KernelConfig(new Index3D(Math.Min(shares, most), 1, 1), new Index3D(isCuda ? SentSteps.GroupSize : CopiedSteps.GroupSize, 1, 1)),
            input,
            new PacketSource(weight.Packets),
            isCuda ? workspace.Maps.Of(input, weight, TWeights.PacketsPerBlock * WarpgroupSteps.Warps) : default,
            output,
            workspace.Exchange,
            EightColumnTiles(weight),
            stepsPerPiece);
    }

    // Those included that a group has though there are no columns, so that its neighbour has one beside it.
    private static int Tiles(LinearInput input, PackedMatrix weight) => TileShare.Groups * TileShare.Count(input.Rows, EightColumnTiles(weight), 1);

    // Padding included.
    private static int EightColumnTiles(PackedMatrix weight) =>
        RoundUp(weight.Columns, MatrixLayout.ColumnsPerBlock) * (MatrixLayout.ColumnsPerBlock / MatrixLayout.ColumnsPerTile);

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
