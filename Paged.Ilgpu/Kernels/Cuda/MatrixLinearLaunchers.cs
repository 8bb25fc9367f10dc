using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Paged.Ilgpu.Kernels.Cuda;

using FewRowsLauncher = Action<KernelConfig, LinearInput, PacketSource, LinearOutput, int>;
using Launcher = Action<KernelConfig, LinearInput, PacketSource, LinearOutput, PieceExchange, int, int>;
using WarpgroupLauncher = Action<KernelConfig, LinearInput, PacketSource, LinearOutput, int, int>;
using Rows32 = PairOfRowBlocks<PairOfRowBlocks<OneRowBlock>>;
using Rows64 = PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<OneRowBlock>>>;
using Rows128 = PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<OneRowBlock>>>>;
using WarpgroupRows = PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<OneRowBlock>>>>>;

/// <summary>The linear kernels of the matrix unit with one way of finishing, each loaded when it is first needed.</summary>
internal sealed class MatrixLinearLaunchers<TUnit, TMemory, TGroup, TWeights, TFinish>(Accelerator accelerator, PieceWorkspace workspace, LinearTuning tuning)
    where TUnit : struct, IMatrixUnit
    where TMemory : struct, IPacketMemory
    where TGroup : struct, IWarpgroup
    where TWeights : struct, IMatrixWeights
    where TFinish : struct, IFinish
{
    private readonly Lazy<FewRowsLauncher> _upToEightRows = new(() => LoadFewRows<OneRowBlock>(accelerator));
    private readonly Lazy<FewRowsLauncher> _upToSixteenRows = new(() => LoadFewRows<PairOfRowBlocks<OneRowBlock>>(accelerator));

    private readonly Lazy<Launcher> _eightRows = new(() => LoadSomeRows<OneRowBlock>(accelerator));
    private readonly Lazy<Launcher> _sixteenRows = new(() => LoadSomeRows<PairOfRowBlocks<OneRowBlock>>(accelerator));
    private readonly Lazy<Launcher> _thirtyTwoRows = new(() => LoadSomeRows<Rows32>(accelerator));
    private readonly Lazy<Launcher> _sixtyFourRows = new(() => LoadSomeRows<Rows64>(accelerator));

    private readonly Lazy<Launcher> _wholeTiles = new(() => LoadManyRows<WholeTiles>(accelerator));
    private readonly Lazy<Launcher> _piecesOfTiles = new(() => LoadManyRows<PieceOfTile>(accelerator));

    private readonly Lazy<Launcher> _thirtyTwoRowsOfWarpgroups = new(() => LoadSomeRowsOfWarpgroups<Rows32>(accelerator));
    private readonly Lazy<Launcher> _sixtyFourRowsOfWarpgroups = new(() => LoadSomeRowsOfWarpgroups<Rows64>(accelerator));
    private readonly Lazy<Launcher> _manyRowsOfWarpgroups = new(() => LoadSomeRowsOfWarpgroups<Rows128>(accelerator));
    private readonly Lazy<WarpgroupLauncher> _warpgroups = new(() => LoadWarpgroups(accelerator));

    public void Launch(ArrayView<Packet> input, PackedMatrix weight, LinearOutput output, int rows)
    {
        output.Scales = weight.Scales;
        var source = new LinearInput(new PacketSource(input), rows, weight.Octets);
        int stepsPerPiece = MatrixLayout.StepsFor(PackedLayout.OctetsPerPiece(weight.Octets));
        int blocks = RoundUp(weight.Columns, MatrixLayout.ColumnsPerBlock);
        if (rows <= tuning.FewRows || rows <= tuning.FewRowsOfSmallMatrices && weight.Packets.LengthInBytes <= tuning.SmallMatrixBytes)
        {
            (int height, Lazy<FewRowsLauncher> launcher) = rows <= 8 ? (8, _upToEightRows) : (16, _upToSixteenRows);
            var grid = new Index3D(RoundUp(rows, height), blocks, 1);
            launcher.Value(Config(grid, FewRowsLinearKernel.GroupSize), source, new PacketSource(weight.Packets), output, stepsPerPiece);
            return;
        }

        int pieces = RoundUp(MatrixLayout.StepsFor(weight.Octets), stepsPerPiece);
        int warpgroupTiles = RoundUp(rows, WarpgroupLinearKernel.Rows) * RoundUp(weight.Columns, WarpgroupLinearKernel.Columns);
        if (rows >= tuning.FewestRowsOfWarpgroups && warpgroupTiles >= tuning.FewestTilesOfWarpgroups && HasWarpgroups(accelerator))
            LaunchWarpgroups(source, weight, output, warpgroupTiles, blocks, stepsPerPiece);
        else if (rows >= tuning.FewestRowsOfSomeWarpgroups && rows <= tuning.SomeRowsOfWarpgroups && HasWarpgroups(accelerator)
            && UseOfSomeWarpgroups(rows, blocks, pieces) >= tuning.LeastUseOfWarpgroups)
            LaunchSomeRowsOfWarpgroups(source, weight, output, blocks, pieces, stepsPerPiece);
        else if (rows <= tuning.SomeRows)
            LaunchSomeRows(source, weight, output, blocks, pieces, stepsPerPiece);
        else
            LaunchManyRows(source, weight, output, blocks, pieces, stepsPerPiece);
    }

    private void LaunchSomeRows(LinearInput input, PackedMatrix weight, LinearOutput output, int blocks, int pieces, int stepsPerPiece)
    {
        (int height, Lazy<Launcher> launcher) = input.Rows switch
        {
            <= 8 => (8, _eightRows),
            <= 16 => (16, _sixteenRows),
            <= 32 => (32, _thirtyTwoRows),
            _ => (64, _sixtyFourRows),
        };
        LaunchSomeRows(launcher.Value, height, SomeRowsLinearKernel.Columns, SomeRowsLinearKernel.GroupSize, input, weight, output, blocks, pieces, stepsPerPiece);
    }

    // Of the multiprocessors, on the average of the rounds that its groups take.
    private double UseOfSomeWarpgroups(int rows, int blocks, int pieces)
    {
        int height = rows <= 32 ? 32 : rows <= 64 ? 64 : 128;
        int tiles = RoundUp(rows, height) * RoundUp(blocks * MatrixLayout.ColumnsPerBlock, SomeRowsWarpgroupKernel.Columns);
        int groups = tiles * workspace.GroupsPerTile(tiles, height * SomeRowsWarpgroupKernel.Columns, pieces, tuning.EnoughTiles);
        int rounds = RoundUp(groups, accelerator.NumMultiprocessors);
        return (double)groups / (rounds * accelerator.NumMultiprocessors);
    }

    private void LaunchSomeRowsOfWarpgroups(LinearInput input, PackedMatrix weight, LinearOutput output, int blocks, int pieces, int stepsPerPiece)
    {
        (int height, Lazy<Launcher> launcher) = input.Rows switch
        {
            <= 32 => (32, _thirtyTwoRowsOfWarpgroups),
            <= 64 => (64, _sixtyFourRowsOfWarpgroups),
            _ => (128, _manyRowsOfWarpgroups),
        };
        LaunchSomeRows(
            launcher.Value, height, SomeRowsWarpgroupKernel.Columns, SomeRowsWarpgroupKernel.GroupSize, input, weight, output, blocks, pieces, stepsPerPiece);
    }

    private void LaunchSomeRows(
        Launcher launcher,
        int height,
        int columns,
        int groupSize,
        LinearInput input,
        PackedMatrix weight,
        LinearOutput output,
        int blocks,
        int pieces,
        int stepsPerPiece)
    {
        int rowTiles = RoundUp(input.Rows, height);
        int columnTiles = RoundUp(blocks * MatrixLayout.ColumnsPerBlock, columns);
        int groups = workspace.GroupsPerTile(rowTiles * columnTiles, height * columns, pieces, tuning.EnoughTiles);
        launcher(
            Config(new Index3D(groups, rowTiles, columnTiles), groupSize),
            input,
            new PacketSource(weight.Packets),
            output,
            workspace.Exchange,
            2 * blocks,
            stepsPerPiece);
    }

    private void LaunchManyRows(LinearInput input, PackedMatrix weight, LinearOutput output, int blocks, int pieces, int stepsPerPiece)
    {
        int tiles = RoundUp(input.Rows, ManyRowsLinearKernel.Rows) * RoundUp(blocks * MatrixLayout.ColumnsPerBlock, ManyRowsLinearKernel.Columns);
        int resident = accelerator.NumMultiprocessors * ManyRowsLinearKernel.GroupsPerMultiprocessor;
        int groups = workspace.GroupsPerTile(tiles, ManyRowsLinearKernel.Rows * ManyRowsLinearKernel.Columns, pieces, tuning.EnoughTiles);
        var grid = groups == 1 ? new Index3D(Math.Min(tiles, resident), 1, 1) : new Index3D(tiles, 1, groups);
        (groups == 1 ? _wholeTiles : _piecesOfTiles).Value(
            Config(grid, ManyRowsLinearKernel.GroupSize),
            input,
            new PacketSource(weight.Packets),
            output,
            workspace.Exchange,
            2 * blocks,
            stepsPerPiece);
    }

    private void LaunchWarpgroups(LinearInput input, PackedMatrix weight, LinearOutput output, int tiles, int blocks, int stepsPerPiece) =>
        _warpgroups.Value(
            Config(new Index3D(Math.Min(tiles, accelerator.NumMultiprocessors), 1, 1), WarpgroupLinearKernel.GroupSize),
            input,
            new PacketSource(weight.Packets),
            output,
            2 * blocks,
            stepsPerPiece);

    // Of NVIDIA's devices one generation alone has them; elsewhere they are emulated.
    private static bool HasWarpgroups(Accelerator accelerator) =>
        accelerator is not CudaAccelerator cuda || cuda.Architecture == CudaArchitecture.SM_90;

    private static KernelConfig Config(Index3D grid, int groupSize) => new(grid, new Index3D(groupSize, 1, 1));

    private static int RoundUp(int count, int unit) => (count + unit - 1) / unit;

    private static FewRowsLauncher LoadFewRows<TBlocks>(Accelerator accelerator)
        where TBlocks : struct, IRowBlocks<TBlocks> =>
        accelerator.LoadStreamKernel<LinearInput, PacketSource, LinearOutput, int>(
            FewRowsLinearKernel.Run<TUnit, TMemory, TWeights, TBlocks, TFinish>, FewRowsLinearKernel.LaunchBounds);

    private static Launcher LoadSomeRows<TBlocks>(Accelerator accelerator)
        where TBlocks : struct, IRowBlocks<TBlocks> =>
        accelerator.LoadStreamKernel<LinearInput, PacketSource, LinearOutput, PieceExchange, int, int>(
            SomeRowsLinearKernel.Run<TUnit, TMemory, TWeights, TBlocks, TFinish>, SomeRowsLinearKernel.LaunchBounds);

    private static WarpgroupLauncher LoadWarpgroups(Accelerator accelerator)
    {
        Action<LinearInput, PacketSource, LinearOutput, int, int> kernel =
            WarpgroupLinearKernel.Run<TUnit, TMemory, TGroup, TWeights, WarpgroupRows, TFinish>;
        if (accelerator is not CudaAccelerator cuda)
            return accelerator.LoadStreamKernel(kernel, WarpgroupLinearKernel.LaunchBounds);
        int sharedBytes = WarpgroupLinearKernel.SharedBytes<TWeights>();
        var launcher = SpecificKernels.Load<Action<AcceleratorStream, KernelConfig, LinearInput, PacketSource, LinearOutput, int, int>>(
            cuda, kernel.Method, WarpgroupLinearKernel.LaunchBounds, sharedBytes);
        var shared = SharedMemoryConfig.RequestDynamic<byte>(sharedBytes);
        return (config, input, weight, output, tiles, stepsPerPiece) => launcher(
            accelerator.DefaultStream, new KernelConfig(config.GridDim, config.GroupDim, shared), input, weight, output, tiles, stepsPerPiece);
    }

    private static Launcher LoadSomeRowsOfWarpgroups<TBlocks>(Accelerator accelerator)
        where TBlocks : struct, IRowBlocks<TBlocks>
    {
        Action<LinearInput, PacketSource, LinearOutput, PieceExchange, int, int> kernel =
            SomeRowsWarpgroupKernel.Run<TUnit, TMemory, TGroup, TWeights, TBlocks, TFinish>;
        KernelSpecialization launchBounds = SomeRowsWarpgroupKernel.LaunchBounds<TBlocks>();
        if (accelerator is not CudaAccelerator cuda)
            return accelerator.LoadStreamKernel(kernel, launchBounds);
        int sharedBytes = SomeRowsWarpgroupKernel.SharedBytes<TWeights, TBlocks>();
        var launcher = SpecificKernels.Load<Action<AcceleratorStream, KernelConfig, LinearInput, PacketSource, LinearOutput, PieceExchange, int, int>>(
            cuda, kernel.Method, launchBounds, sharedBytes);
        var shared = SharedMemoryConfig.RequestDynamic<byte>(sharedBytes);
        return (config, input, weight, output, exchange, tiles, stepsPerPiece) => launcher(
            accelerator.DefaultStream, new KernelConfig(config.GridDim, config.GroupDim, shared), input, weight, output, exchange, tiles, stepsPerPiece);
    }

    private static Launcher LoadManyRows<TShare>(Accelerator accelerator)
        where TShare : struct, IGroupShare =>
        accelerator.LoadStreamKernel<LinearInput, PacketSource, LinearOutput, PieceExchange, int, int>(
            ManyRowsLinearKernel.Run<TUnit, TMemory, TWeights, TShare, TFinish>, ManyRowsLinearKernel.LaunchBounds);
}
