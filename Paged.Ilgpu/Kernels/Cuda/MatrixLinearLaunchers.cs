using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

using FewRowsLauncher = Action<KernelConfig, LinearInput, PacketSource, LinearOutput, int>;
using Launcher = Action<KernelConfig, LinearInput, PacketSource, LinearOutput, PieceExchange, int, int>;

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
    private readonly Lazy<Launcher> _thirtyTwoRows = new(() => LoadSomeRows<PairOfRowBlocks<PairOfRowBlocks<OneRowBlock>>>(accelerator));
    private readonly Lazy<Launcher> _sixtyFourRows = new(
        () => LoadSomeRows<PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<OneRowBlock>>>>(accelerator));

    private readonly Lazy<Launcher> _wholeTiles = new(() => LoadManyRows<WholeTiles>(accelerator));
    private readonly Lazy<Launcher> _piecesOfTiles = new(() => LoadManyRows<PieceOfTile>(accelerator));

    private readonly WarpgroupLinearLaunchers<TUnit, TMemory, TGroup, TWeights, TFinish> _warpgroups = new(accelerator, workspace, tuning);

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

        if (_warpgroups.TryLaunch(source, weight, output, stepsPerPiece))
            return;
        int pieces = RoundUp(MatrixLayout.StepsFor(weight.Octets), stepsPerPiece);
        if (rows <= tuning.SomeRows)
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
        int rowTiles = RoundUp(input.Rows, height);
        int columnTiles = RoundUp(blocks * MatrixLayout.ColumnsPerBlock, SomeRowsLinearKernel.Columns);
        int groups = workspace.GroupsPerTile(rowTiles * columnTiles, height * SomeRowsLinearKernel.Columns, pieces, tuning.EnoughTiles);
        launcher.Value(
            Config(new Index3D(groups, rowTiles, columnTiles), SomeRowsLinearKernel.GroupSize),
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

    private static Launcher LoadManyRows<TShare>(Accelerator accelerator)
        where TShare : struct, IGroupShare =>
        accelerator.LoadStreamKernel<LinearInput, PacketSource, LinearOutput, PieceExchange, int, int>(
            ManyRowsLinearKernel.Run<TUnit, TMemory, TWeights, TShare, TFinish>, ManyRowsLinearKernel.LaunchBounds);
}
