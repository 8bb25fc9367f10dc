using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Paged.Ilgpu.Kernels.Cuda;

using Launcher = Action<KernelConfig, LinearInput, PacketSource, StepMaps, LinearOutput, PieceExchange, int, int>;
using Rows128 = PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<OneRowBlock>>>>;
using Rows256 = PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<OneRowBlock>>>>>;
using Rows32 = PairOfRowBlocks<PairOfRowBlocks<OneRowBlock>>;
using Rows64 = PairOfRowBlocks<PairOfRowBlocks<PairOfRowBlocks<OneRowBlock>>>;

/// <summary>The forms of <see cref="WarpgroupLinearKernel"/> with one way of finishing, each loaded when it is first needed.</summary>
internal sealed class TileLinearLaunchers<TUnit, TMemory, TGroup, TWeights, TFinish>(Accelerator accelerator, PieceWorkspace workspace, LinearTuning tuning)
    where TUnit : struct, IMatrixUnit
    where TMemory : struct, IPacketMemory
    where TGroup : struct, IWarpgroup
    where TWeights : struct, IMatrixWeights
    where TFinish : struct, IFinish
{
    private readonly Lazy<Launcher> _wholeTiles = new(() => Load<WholeTiles, WideTile, Rows256>(accelerator));
    private readonly Lazy<Launcher> _piecesOfTiles = new(() => Load<PieceOfTile, WideTile, Rows256>(accelerator));
    private readonly Lazy<Launcher> _narrow128 = new(() => Load<WholeTiles, NarrowTile<Rows64>, Rows64>(accelerator));
    private readonly Lazy<Launcher> _narrow256 = new(() => Load<WholeTiles, NarrowTile<Rows128>, Rows128>(accelerator));
    private readonly Lazy<Launcher> _split = new(() => Load<WholeTiles, SplitTile<Rows64>, Rows64>(accelerator));
    private readonly Lazy<Launcher> _paired128 = new(() => Load<WholeTiles, PairedTile<Rows32>, Rows32>(accelerator));
    private readonly Lazy<Launcher> _paired256 = new(() => Load<WholeTiles, PairedTile<Rows64>, Rows64>(accelerator));

    /// <summary>Launches a group for each narrow tile, or for each half of its rows, where so many are enough for the device and all run at a time.</summary>
    /// <param name="input">The input.</param>
    /// <param name="weight">The weights.</param>
    /// <param name="output">Where sums go.</param>
    /// <param name="stepsPerPiece">Steps of a piece of a sum.</param>
    /// <returns>Whether the kernel was launched.</returns>
    public bool TryLaunchNarrowTiles(LinearInput input, PackedMatrix weight, LinearOutput output, int stepsPerPiece)
    {
        if (input.Rows < tuning.FewestRowsOfNarrowTiles)
            return false;
        bool isShort = MatrixLayout.StepsFor(weight.Octets) <= tuning.MostStepsOfShortSums;
        return input.Rows switch
        {
            <= 128 => TryLaunch<PairedTile<Rows32>>(_paired128) || TryLaunch<NarrowTile<Rows64>>(_narrow128),
            _ => isShort && (TryLaunch<PairedTile<Rows64>>(_paired256) || TryLaunch<NarrowTile<Rows128>>(_narrow256)),
        };

        bool TryLaunch<TForm>(Lazy<Launcher> launcher)
            where TForm : struct, ITileForm
        {
            int groups = Groups<TForm>(input, weight);
            double share = (double)groups / accelerator.NumMultiprocessors;
            double most = TForm.RowGroups > 1 ? tuning.MostShareOfPairedTiles : tuning.MostShareOfNarrowTiles;
            bool isWhole = stepsPerPiece % TForm.StepsPerSlot == 0 && MatrixLayout.StepsFor(weight.Octets) % TForm.StepsPerSlot == 0;
            if (!isWhole || share < tuning.LeastShareOfNarrowTiles || share > most)
                return false;
            Launch<TForm>(launcher.Value, groups, input, weight, output, stepsPerPiece);
            return true;
        }
    }

    /// <summary>Launches two groups for each tile of 64 columns, each with two of the pieces of its sums, where they all run at a time; the parameters are the same.</summary>
    public bool TryLaunchSplitTiles(LinearInput input, PackedMatrix weight, LinearOutput output, int stepsPerPiece)
    {
        int groups = Groups<SplitTile<Rows64>>(input, weight);
        int tileSums = SplitTile<Rows64>.Rows * SplitTile<Rows64>.ColumnWarps * MatrixLayout.ColumnsPerBlock;
        bool isWhole = stepsPerPiece % SplitTile<Rows64>.StepsPerSlot == 0 && MatrixLayout.StepsFor(weight.Octets) == SplitMeeting.Pieces * stepsPerPiece;
        bool hasRows = input.Rows >= tuning.FewestRowsOfSplitTiles && input.Rows <= tuning.MostRowsOfSplitTiles;
        bool fits = groups <= tuning.MostShareOfSplitTiles * accelerator.NumMultiprocessors
            && workspace.GroupsPerTile(groups / SplitTile<Rows64>.SumGroups, tileSums, SplitMeeting.Pieces, tuning.EnoughTiles) > 1;
        if (!isWhole || !hasRows || !fits)
            return false;
        Launch<SplitTile<Rows64>>(_split.Value, groups, input, weight, output, stepsPerPiece);
        return true;
    }

    /// <summary>Launches a group for each piece of each wide tile, where there are fewer tiles than multiprocessors and their pieces fill the device; the parameters are the same.</summary>
    public bool TryLaunchPieces(LinearInput input, PackedMatrix weight, LinearOutput output, int stepsPerPiece)
    {
        int tiles = Groups<WideTile>(input, weight);
        int pieces = workspace.GroupsPerTile(
            tiles, WideTile.Rows * WarpgroupSteps.Columns, RoundUp(MatrixLayout.StepsFor(weight.Octets), stepsPerPiece), tuning.EnoughTiles);
        if (pieces != TilePieces<TGroup>.Count || LinearTuning.Use(pieces * tiles, accelerator.NumMultiprocessors) < tuning.LeastUseOfSomeWarpgroups)
            return false;
        Launch<WideTile>(_piecesOfTiles.Value, pieces * tiles, input, weight, output, stepsPerPiece);
        return true;
    }

    /// <summary>Launches groups for whole wide tiles, where they are enough for the device; the parameters are the same.</summary>
    public bool TryLaunchTiles(LinearInput input, PackedMatrix weight, LinearOutput output, int stepsPerPiece)
    {
        int tiles = Groups<WideTile>(input, weight);
        if (tiles < tuning.FewestTilesOfWarpgroups)
            return false;
        Launch<WideTile>(_wholeTiles.Value, tiles, input, weight, output, stepsPerPiece);
        return true;
    }

    private void Launch<TForm>(Launcher launcher, int shares, LinearInput input, PackedMatrix weight, LinearOutput output, int stepsPerPiece)
        where TForm : struct, ITileForm
    {
        // All groups of split sums are launched: two of them meet once.
        int most = TForm.SumGroups > 1 ? shares : Math.Max(accelerator.NumMultiprocessors / TileShare.Groups<TForm>(), 1) * TileShare.Groups<TForm>();
        bool isCuda = accelerator is CudaAccelerator;
        launcher(
            new KernelConfig(new Index3D(Math.Min(shares, most), 1, 1), new Index3D(isCuda ? SentSteps<TForm>.GroupSize : CopiedSteps<TForm>.GroupSize, 1, 1)),
            input,
            new PacketSource(weight.Packets),
            isCuda ? MapsOf<TForm>(input, weight) : default,
            output,
            workspace.Exchange,
            EightColumnTiles(weight),
            stepsPerPiece);
    }

    private StepMaps MapsOf<TForm>(LinearInput input, PackedMatrix weight)
        where TForm : struct, ITileForm => workspace.Maps.Of(
            input,
            weight,
            (SentSteps<TForm>.RowsPerBox, SentSteps<TForm>.Layers, SentSteps<TForm>.StepsPerRow),
            (TWeights.PacketsPerBlock * TForm.ColumnWarps, SentSteps<TForm>.WeightStepsPerBox));

    // Those included that have no columns, so that all groups of a cluster are there.
    private static int Groups<TForm>(LinearInput input, PackedMatrix weight)
        where TForm : struct, ITileForm => TileShare.Groups<TForm>() * TileShare.Count<TForm>(input.Rows, EightColumnTiles(weight), 1);

    // Padding included.
    private static int EightColumnTiles(PackedMatrix weight) =>
        RoundUp(weight.Columns, MatrixLayout.ColumnsPerBlock) * (MatrixLayout.ColumnsPerBlock / MatrixLayout.ColumnsPerTile);

    private static Launcher Load<TShare, TForm, TBlocks>(Accelerator accelerator)
        where TShare : struct, IGroupShare
        where TForm : struct, ITileForm
        where TBlocks : struct, IRowBlocks<TBlocks>
    {
        if (accelerator is not CudaAccelerator cuda)
        {
            return accelerator.LoadStreamKernel<LinearInput, PacketSource, StepMaps, LinearOutput, PieceExchange, int, int>(
                WarpgroupLinearKernel.Run<TUnit, TMemory, TGroup, TForm, CopiedSteps<TForm>, TShare, TWeights, TBlocks, TFinish>,
                WarpgroupLinearKernel.LaunchBounds<CopiedSteps<TForm>>());
        }

        Action<LinearInput, PacketSource, StepMaps, LinearOutput, PieceExchange, int, int> kernel =
            WarpgroupLinearKernel.Run<TUnit, TMemory, TGroup, TForm, SentSteps<TForm>, TShare, TWeights, TBlocks, TFinish>;
        int sharedBytes = WarpgroupLinearKernel.SharedBytes<SentSteps<TForm>, TShare, TWeights, TBlocks>();
        var launcher = SpecificKernels.Load<Action<AcceleratorStream, KernelConfig, LinearInput, PacketSource, StepMaps, LinearOutput, PieceExchange, int, int>>(
            cuda, kernel.Method, WarpgroupLinearKernel.LaunchBounds<SentSteps<TForm>>(), sharedBytes, TileShare.Groups<TForm>());
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
