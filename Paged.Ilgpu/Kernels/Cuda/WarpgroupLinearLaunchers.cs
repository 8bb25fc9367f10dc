using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Paged.Ilgpu.Kernels.Cuda;

using ManyRows = PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<OneRowBlock>>>>>;
using ManyRowsLauncher = Action<KernelConfig, LinearInput, PacketSource, LinearOutput, int, int>;
using Rows128 = PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<OneRowBlock>>>>;
using Rows32 = PairOfRowBlocks<PairOfRowBlocks<OneRowBlock>>;
using Rows64 = PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<OneRowBlock>>>;
using SomeRowsLauncher = Action<KernelConfig, LinearInput, PacketSource, LinearOutput, PieceExchange, int, int>;

/// <summary>The linear kernels of warpgroups with one way of finishing, each loaded when it is first needed.</summary>
internal sealed class WarpgroupLinearLaunchers<TUnit, TMemory, TGroup, TWeights, TFinish>(
    Accelerator accelerator, PieceWorkspace workspace, LinearTuning tuning)
    where TUnit : struct, IMatrixUnit
    where TMemory : struct, IPacketMemory
    where TGroup : struct, IWarpgroup
    where TWeights : struct, IMatrixWeights
    where TFinish : struct, IFinish
{
    private readonly Lazy<SomeRowsLauncher> _thirtyTwoRows = new(() => LoadSomeRows<Rows32>(accelerator));
    private readonly Lazy<SomeRowsLauncher> _sixtyFourRows = new(() => LoadSomeRows<Rows64>(accelerator));
    private readonly Lazy<SomeRowsLauncher> _hundredTwentyEightRows = new(() => LoadSomeRows<Rows128>(accelerator));
    private readonly Lazy<ManyRowsLauncher> _manyRows = new(() => LoadManyRows(accelerator));

    // Of NVIDIA's devices one generation alone has warpgroups; elsewhere they are emulated.
    private bool HasWarpgroups => accelerator is not CudaAccelerator cuda || cuda.Architecture == CudaArchitecture.SM_90;

    /// <summary>Launches one of the kernels where it is the best one for these rows.</summary>
    /// <param name="input">The input.</param>
    /// <param name="weight">The weights.</param>
    /// <param name="output">Where sums go.</param>
    /// <param name="stepsPerPiece">Steps of a piece of a sum.</param>
    /// <returns>Whether one was launched.</returns>
    public bool TryLaunch(LinearInput input, PackedMatrix weight, LinearOutput output, int stepsPerPiece)
    {
        if (!HasWarpgroups)
            return false;
        int tiles = RoundUp(input.Rows, WarpgroupLinearKernel.Rows) * RoundUp(weight.Columns, WarpgroupLinearKernel.Columns);
        if (input.Rows >= tuning.FewestRowsOfWarpgroups && tiles >= tuning.FewestTilesOfWarpgroups)
        {
            var grid = new Index3D(Math.Min(tiles, accelerator.NumMultiprocessors), 1, 1);
            _manyRows.Value(
                Config(grid, WarpgroupLinearKernel.GroupSize), input, new PacketSource(weight.Packets), output, ColumnTiles(weight), stepsPerPiece);
            return true;
        }

        return input.Rows >= tuning.FewestRowsOfSomeWarpgroups && input.Rows <= tuning.SomeRowsOfWarpgroups
            && TryLaunchSomeRows(input, weight, output, stepsPerPiece);
    }

    private bool TryLaunchSomeRows(LinearInput input, PackedMatrix weight, LinearOutput output, int stepsPerPiece)
    {
        (int height, Lazy<SomeRowsLauncher> launcher) = input.Rows switch
        {
            <= 32 => (32, _thirtyTwoRows),
            <= 64 => (64, _sixtyFourRows),
            _ => (128, _hundredTwentyEightRows),
        };
        int pieces = RoundUp(MatrixLayout.StepsFor(weight.Octets), stepsPerPiece);
        int rowTiles = RoundUp(input.Rows, height);
        int columnTiles = RoundUp(weight.Columns, SomeRowsWarpgroupKernel.Columns);
        int tiles = rowTiles * columnTiles;
        int groupsPerTile = workspace.GroupsPerTile(tiles, height * SomeRowsWarpgroupKernel.Columns, pieces, tuning.EnoughTiles);
        if (Use(tiles * groupsPerTile) < tuning.LeastUseOfSomeWarpgroups)
            return false;
        launcher.Value(
            Config(new Index3D(groupsPerTile, rowTiles, columnTiles), SomeRowsWarpgroupKernel.GroupSize),
            input,
            new PacketSource(weight.Packets),
            output,
            workspace.Exchange,
            ColumnTiles(weight),
            stepsPerPiece);
        return true;
    }

    // The share of the multiprocessors that have work, on the average of the rounds that so many groups take.
    private double Use(int groups) =>
        (double)groups / (RoundUp(groups, accelerator.NumMultiprocessors) * accelerator.NumMultiprocessors);

    // Of eight columns, padding included.
    private static int ColumnTiles(PackedMatrix weight) =>
        RoundUp(weight.Columns, MatrixLayout.ColumnsPerBlock) * (MatrixLayout.ColumnsPerBlock / MatrixLayout.ColumnsPerTile);

    private static KernelConfig Config(Index3D grid, int groupSize) => new(grid, new Index3D(groupSize, 1, 1));

    private static int RoundUp(int count, int unit) => (count + unit - 1) / unit;

    private static SomeRowsLauncher LoadSomeRows<TBlocks>(Accelerator accelerator)
        where TBlocks : struct, IRowBlocks<TBlocks>
    {
        Action<LinearInput, PacketSource, LinearOutput, PieceExchange, int, int> kernel =
            SomeRowsWarpgroupKernel.Run<TUnit, TMemory, TGroup, TWeights, TBlocks, TFinish>;
        KernelSpecialization launchBounds = SomeRowsWarpgroupKernel.LaunchBounds<TWeights, TBlocks>();
        if (accelerator is not CudaAccelerator cuda)
            return accelerator.LoadStreamKernel(kernel, launchBounds);
        int sharedBytes = SomeRowsWarpgroupKernel.SharedBytes<TWeights, TBlocks>();
        var launcher = SpecificKernels.Load<Action<AcceleratorStream, KernelConfig, LinearInput, PacketSource, LinearOutput, PieceExchange, int, int>>(
            cuda, kernel.Method, launchBounds, sharedBytes);
        return (config, input, weight, output, exchange, tiles, stepsPerPiece) => launcher(
            accelerator.DefaultStream, WithShared(config, sharedBytes), input, weight, output, exchange, tiles, stepsPerPiece);
    }

    private static ManyRowsLauncher LoadManyRows(Accelerator accelerator)
    {
        Action<LinearInput, PacketSource, LinearOutput, int, int> kernel =
            WarpgroupLinearKernel.Run<TUnit, TMemory, TGroup, TWeights, ManyRows, TFinish>;
        if (accelerator is not CudaAccelerator cuda)
            return accelerator.LoadStreamKernel(kernel, WarpgroupLinearKernel.LaunchBounds);
        int sharedBytes = WarpgroupLinearKernel.SharedBytes<TWeights>();
        var launcher = SpecificKernels.Load<Action<AcceleratorStream, KernelConfig, LinearInput, PacketSource, LinearOutput, int, int>>(
            cuda, kernel.Method, WarpgroupLinearKernel.LaunchBounds, sharedBytes);
        return (config, input, weight, output, tiles, stepsPerPiece) => launcher(
            accelerator.DefaultStream, WithShared(config, sharedBytes), input, weight, output, tiles, stepsPerPiece);
    }

    private static KernelConfig WithShared(KernelConfig config, int bytes) =>
        new(config.GridDim, config.GroupDim, SharedMemoryConfig.RequestDynamic<byte>(bytes));
}
