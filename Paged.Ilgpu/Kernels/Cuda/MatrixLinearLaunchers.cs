using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

using FewRowsLauncher = Action<KernelConfig, LinearInput, PacketSource, LinearOutput, int>;
using ManyRowsLauncher = Action<KernelConfig, LinearInput, PacketSource, LinearOutput, PieceExchange, int, int>;

/// <summary>The linear kernels of the matrix unit with one way of finishing, each loaded when it is first needed.</summary>
internal sealed class MatrixLinearLaunchers<TUnit, TMemory, TFinish>(Accelerator accelerator, PieceWorkspace workspace)
    where TUnit : struct, IMatrixUnit
    where TMemory : struct, IPacketMemory
    where TFinish : struct, IFinish
{
    /// <summary>Rows that the form for few rows is taken for.</summary>
    public const int FewRows = 32;

    private readonly Lazy<FewRowsLauncher> _eightRows = new(() => LoadFewRows<OneRowBlock>(accelerator));
    private readonly Lazy<FewRowsLauncher> _sixteenRows = new(() => LoadFewRows<PairOfRowBlocks<OneRowBlock>>(accelerator));
    private readonly Lazy<FewRowsLauncher> _thirtyTwoRows = new(() => LoadFewRows<PairOfRowBlocks<PairOfRowBlocks<OneRowBlock>>>(accelerator));

    private readonly Lazy<ManyRowsLauncher> _manyRows = new(() => accelerator.LoadStreamKernel<LinearInput, PacketSource, LinearOutput, PieceExchange, int, int>(
        ManyRowsLinearKernel.Run<TUnit, TMemory, TFinish>, ManyRowsLinearKernel.LaunchBounds));

    public void Launch(ArrayView<Packet> input, PackedMatrix weight, LinearOutput output, int rows)
    {
        var source = new LinearInput(new PacketSource(input), rows, weight.Octets);
        int stepsPerPiece = MatrixLayout.StepsFor(PackedLayout.OctetsPerPiece(weight.Octets));
        int blocks = (weight.Columns + MatrixLayout.ColumnsPerBlock - 1) / MatrixLayout.ColumnsPerBlock;
        if (rows <= FewRows)
        {
            Lazy<FewRowsLauncher> launcher = rows <= 8 ? _eightRows : rows <= 16 ? _sixteenRows : _thirtyTwoRows;
            launcher.Value(
                new KernelConfig(new Index3D(1, blocks, 1), new Index3D(FewRowsLinearKernel.GroupSize, 1, 1)),
                source,
                new PacketSource(weight.Packets),
                output,
                stepsPerPiece);
            return;
        }

        const int BlocksPerTile = ManyRowsLinearKernel.Columns / MatrixLayout.ColumnsPerBlock;
        int rowTiles = (rows + ManyRowsLinearKernel.Rows - 1) / ManyRowsLinearKernel.Rows;
        int columnTiles = (blocks + BlocksPerTile - 1) / BlocksPerTile;
        int pieces = (MatrixLayout.StepsFor(weight.Octets) + stepsPerPiece - 1) / stepsPerPiece;
        var grid = new Index3D(rowTiles, columnTiles, rowTiles * columnTiles < workspace.EnoughTiles ? pieces : 1);
        _manyRows.Value(
            new KernelConfig(grid, new Index3D(ManyRowsLinearKernel.GroupSize, 1, 1)),
            source,
            new PacketSource(weight.Packets),
            output,
            workspace.Exchange,
            2 * blocks,
            stepsPerPiece);
    }

    private static FewRowsLauncher LoadFewRows<TBlocks>(Accelerator accelerator)
        where TBlocks : struct, IRowBlocks<TBlocks> =>
        accelerator.LoadStreamKernel<LinearInput, PacketSource, LinearOutput, int>(
            FewRowsLinearKernel.Run<TUnit, TMemory, TBlocks, TFinish>, FewRowsLinearKernel.LaunchBounds);
}
