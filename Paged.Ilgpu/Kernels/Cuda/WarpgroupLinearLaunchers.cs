using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Paged.Ilgpu.Kernels.Cuda;

using Launcher = Action<KernelConfig, LinearInput, PacketSource, LinearOutput, int, int>;
using PieceLauncher = Action<KernelConfig, LinearInput, PacketSource, LinearOutput, PieceExchange, int, int>;
using Rows128 = PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<OneRowBlock>>>>;
using Rows32 = PairOfRowBlocks<PairOfRowBlocks<OneRowBlock>>;
using Rows64 = PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<OneRowBlock>>>;

/// <summary>The linear kernels of warpgroups with one way of finishing, each loaded when it is first needed.</summary>
internal sealed class WarpgroupLinearLaunchers<TUnit, TMemory, TGroup, TWeights, TFinish>(
    Accelerator accelerator, PieceWorkspace workspace, LinearTuning tuning)
    where TUnit : struct, IMatrixUnit
    where TMemory : struct, IPacketMemory
    where TGroup : struct, IWarpgroup
    where TWeights : struct, IMatrixWeights
    where TFinish : struct, IFinish
{
    private readonly ByRows<Launcher> _someRows = new(
        () => LoadSomeRows<Rows32>(accelerator),
        () => LoadSomeRows<Rows64>(accelerator),
        () => LoadSomeRows<Rows128>(accelerator));

    private readonly Lazy<PieceLauncher> _piecesOf32Rows = new(() => LoadPieces<Rows32>(accelerator));
    private readonly Lazy<PieceLauncher> _piecesOf64Rows = new(() => LoadPieces<Rows64>(accelerator));

    private readonly TileLinearLaunchers<TUnit, TMemory, TGroup, TWeights, TFinish> _tiles = new(accelerator, workspace, tuning);

    // Elsewhere than on NVIDIA's devices they are emulated.
    private readonly bool _hasWarpgroups = accelerator is not CudaAccelerator cuda || SpecificKernels.CanRunOn(cuda);

    /// <summary>Launches one of the kernels where it is the best one for these rows.</summary>
    /// <param name="input">The input.</param>
    /// <param name="weight">The weights.</param>
    /// <param name="output">Where sums go.</param>
    /// <param name="stepsPerPiece">Steps of a piece of a sum.</param>
    /// <returns>Whether one was launched.</returns>
    public bool TryLaunch(LinearInput input, PackedMatrix weight, LinearOutput output, int stepsPerPiece)
    {
        // Steps travel in pairs, and no item asks whether a feature is there.
        bool isWhole = stepsPerPiece % WarpgroupSteps.MostPerSlot == 0 && input.Octets % (WarpgroupSteps.MostPerSlot * MatrixLayout.OctetsPerStep) == 0;
        if (!_hasWarpgroups || !isWhole || input.Rows < tuning.FewestRowsOfPieces)
            return false;
        if (input.Rows < tuning.FewestRowsOfWarpgroups)
            return TryLaunchPieces(input, weight, output, stepsPerPiece);
        if (_tiles.TryLaunchSplitTiles(input, weight, output, stepsPerPiece) || _tiles.TryLaunchNarrowTiles(input, weight, output, stepsPerPiece))
            return true;
        return input.Rows > tuning.SomeRowsOfWarpgroups
            ? _tiles.TryLaunchPieces(input, weight, output, stepsPerPiece)
                || TryLaunchPieces(input, weight, output, stepsPerPiece)
                || _tiles.TryLaunchTiles(input, weight, output, stepsPerPiece)
            : TryLaunchPieces(input, weight, output, stepsPerPiece) || TryLaunchSomeRows(input, weight, output, stepsPerPiece);
    }

    private bool TryLaunchPieces(LinearInput input, PackedMatrix weight, LinearOutput output, int stepsPerPiece)
    {
        (int height, Lazy<PieceLauncher> launcher) = input.Rows <= 32 ? (32, _piecesOf32Rows) : (64, _piecesOf64Rows);
        int pieces = RoundUp(MatrixLayout.StepsFor(weight.Octets), stepsPerPiece);
        (int rowTiles, int columnTiles) = Tiles(input, weight, height);
        int tiles = rowTiles * columnTiles;
        if (pieces != ClusterMeeting.Groups || workspace.GroupsPerTile(tiles, height * WarpgroupSteps.Columns, pieces, tuning.EnoughTiles) == 1)
            return false;
        launcher.Value(
            Config(new Index3D(pieces, rowTiles, columnTiles)),
            input,
            new PacketSource(weight.Packets),
            output,
            workspace.Exchange,
            EightColumnTiles(weight),
            stepsPerPiece);
        return true;
    }

    private bool TryLaunchSomeRows(LinearInput input, PackedMatrix weight, LinearOutput output, int stepsPerPiece)
    {
        (int height, Lazy<Launcher> launcher) = _someRows.For(input.Rows);
        (int rowTiles, int columnTiles) = Tiles(input, weight, height);
        if (LinearTuning.Use(rowTiles * columnTiles, accelerator.NumMultiprocessors) < tuning.LeastUseOfSomeWarpgroups)
            return false;
        launcher.Value(
            Config(new Index3D(1, rowTiles, columnTiles)), input, new PacketSource(weight.Packets), output, EightColumnTiles(weight), stepsPerPiece);
        return true;
    }

    private static (int RowTiles, int ColumnTiles) Tiles(LinearInput input, PackedMatrix weight, int height) =>
        (RoundUp(input.Rows, height), RoundUp(weight.Columns, WarpgroupSteps.Columns));

    // Padding included.
    private static int EightColumnTiles(PackedMatrix weight) =>
        RoundUp(weight.Columns, MatrixLayout.ColumnsPerBlock) * (MatrixLayout.ColumnsPerBlock / MatrixLayout.ColumnsPerTile);

    private static KernelConfig Config(Index3D grid) => new(grid, new Index3D(WarpgroupSteps.GroupSize, 1, 1));

    private static int RoundUp(int count, int unit) => (count + unit - 1) / unit;

    private static Launcher LoadSomeRows<TBlocks>(Accelerator accelerator)
        where TBlocks : struct, IRowBlocks<TBlocks> => Load(
            accelerator,
            SomeRowsWarpgroupKernel.Run<TUnit, TMemory, TGroup, TWeights, TBlocks, TFinish>,
            SomeRowsWarpgroupKernel.LaunchBounds<TWeights, TBlocks>(),
            SomeRowsWarpgroupKernel.SharedBytes<TWeights, TBlocks>());

    private static Launcher Load(
        Accelerator accelerator, Action<LinearInput, PacketSource, LinearOutput, int, int> kernel, KernelSpecialization launchBounds, int sharedBytes)
    {
        if (accelerator is not CudaAccelerator cuda)
            return accelerator.LoadStreamKernel(kernel, launchBounds);
        var launcher = SpecificKernels.Load<Action<AcceleratorStream, KernelConfig, LinearInput, PacketSource, LinearOutput, int, int>>(
            cuda, kernel.Method, launchBounds, sharedBytes);
        return (config, input, weight, output, tiles, stepsPerPiece) => launcher(
            accelerator.DefaultStream, WithShared(config, sharedBytes), input, weight, output, tiles, stepsPerPiece);
    }

    private static PieceLauncher LoadPieces<TBlocks>(Accelerator accelerator)
        where TBlocks : struct, IRowBlocks<TBlocks>
    {
        KernelSpecialization launchBounds = PieceWarpgroupKernel.LaunchBounds;
        if (accelerator is not CudaAccelerator cuda)
        {
            return accelerator.LoadStreamKernel<LinearInput, PacketSource, LinearOutput, PieceExchange, int, int>(
                PieceWarpgroupKernel.Run<TUnit, TMemory, TGroup, MemoryMeeting, TWeights, TBlocks, TFinish>, launchBounds);
        }

        Action<LinearInput, PacketSource, LinearOutput, PieceExchange, int, int> kernel =
            PieceWarpgroupKernel.Run<TUnit, TMemory, TGroup, ClusterMeeting, TWeights, TBlocks, TFinish>;
        int sharedBytes = PieceWarpgroupKernel.SharedBytes<TWeights, TBlocks>();
        var launcher = SpecificKernels.Load<Action<AcceleratorStream, KernelConfig, LinearInput, PacketSource, LinearOutput, PieceExchange, int, int>>(
            cuda, kernel.Method, launchBounds, sharedBytes, ClusterMeeting.Groups);
        return (config, input, weight, output, exchange, tiles, stepsPerPiece) => launcher(
            accelerator.DefaultStream, WithShared(config, sharedBytes), input, weight, output, exchange, tiles, stepsPerPiece);
    }

    private static KernelConfig WithShared(KernelConfig config, int bytes) =>
        new(config.GridDim, config.GroupDim, SharedMemoryConfig.RequestDynamic<byte>(bytes));

    // A kernel for each height of a tile, loaded when it is first needed.
    private sealed class ByRows<TLauncher>(Func<TLauncher> upTo32, Func<TLauncher> upTo64, Func<TLauncher> more)
    {
        private readonly Lazy<TLauncher> _upTo32 = new(upTo32);
        private readonly Lazy<TLauncher> _upTo64 = new(upTo64);
        private readonly Lazy<TLauncher> _more = new(more);

        public (int Height, Lazy<TLauncher> Launcher) For(int rows) => rows <= 32 ? (32, _upTo32) : rows <= 64 ? (64, _upTo64) : (128, _more);
    }
}
