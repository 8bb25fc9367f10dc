using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Linear layer of many rows on the matrix unit of sm_90a, and of fewer ones where tiles of 64 columns are enough for the device. Two warpgroups compute a tile (<see cref="ITileForm"/>). The
/// wide ones are twice those of <see cref="ManyRowsLinearKernel"/>: what bounds that one is the second-level cache, and of a larger tile each byte serves more products. Steps of
/// 32 input features come to shared memory by a <see cref="IStepFeed{TSelf}"/>, as many as it holds, and while some are multiplied the next are on their way.
/// <para>
/// The pieces of a sum and their order are those of <see cref="FewRowsLinearKernel"/>, and so are the bits. The sum
/// of the pieces before waits in registers and, of wide tiles, in shared memory too: to fetch it from device memory took as long as half of the products,
/// and in shared memory alone it would leave room for too few steps on their way. Where there are fewer tiles than multiprocessors each piece is given
/// a group of its own (split-K), or the pieces of a smaller tile a warpgroup each (<see cref="SplitTile{TBlocks}"/>).
/// </para>
/// </summary>
public static class WarpgroupLinearKernel
{
    private const int StagedBytes = 224 << 10;
    private const int MostKeptBlocks = 16;
    private const int KeptOfMore = 12;

    /// <summary>What the compiler is told of launches.</summary>
    public static KernelSpecialization LaunchBounds<TFeed>()
        where TFeed : struct, IStepFeed<TFeed> => new(TFeed.GroupSize, 1);

    /// <summary>Shared memory that a launch asks for, in bytes.</summary>
    public static int SharedBytes<TFeed, TShare, TWeights, TBlocks>()
        where TFeed : struct, IStepFeed<TFeed>
        where TShare : struct, IGroupShare
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks> =>
        IPacketMemory.LargeBytes(TFeed.Packets<TWeights>(StepBytes<TShare, TBlocks>()), WaitingInMemory<TShare, TBlocks>());

    /// <summary>The kernel. Grid: groups, whole clusters, which share the work.</summary>
    public static void Run<TUnit, TMemory, TGroup, TForm, TFeed, TShare, TWeights, TBlocks, TFinish>(
        LinearInput input,
        PacketSource weight, // see MatrixLayout
        StepMaps maps,
        LinearOutput output,
        PieceExchange pieces,
        int tiles, // of eight columns, padding included
        int stepsPerPiece)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TGroup : struct, IWarpgroup
        where TForm : struct, ITileForm
        where TFeed : struct, IStepFeed<TFeed>
        where TShare : struct, IGroupShare
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish
    {
        int bytes = StepBytes<TShare, TBlocks>();
        int stepCount = MatrixLayout.StepsFor(input.Octets);
        int pieceCount = TShare.IsOnePiece ? TilePieces<TGroup>.Count : 1;
        int steps = IsSplit<TForm, TShare>() ? stepsPerPiece : stepCount; // of a share
        TFeed feed = TFeed.Make<TUnit, TMemory, TWeights>(input, weight, maps, tiles, bytes, WaitingInMemory<TShare, TBlocks>());
        if (TFeed.Multiplies)
        {
            feed = TFeed.BeginMultiplying<TWeights>(feed);
            WaitingSums<TGroup, TBlocks> waiting = default;
            waiting.Sums = TGroup.AllocateSums(4 * (TBlocks.BlockCount + (IsSplit<TForm, TShare>() ? 0 : KeptBlocks<TBlocks>())));
            if (WaitingInMemory<TShare, TBlocks>() > 0)
                waiting.Memory = TMemory.LargeSums(WaitingInMemory<TShare, TBlocks>()).Cast<Packet>();
            int shares = TileShare.Count<TForm>(input.Rows, tiles, pieceCount);
            for (int index = Grid.IdxX / TileShare.Groups<TForm>(); index < shares; index += Grid.DimX / TileShare.Groups<TForm>())
            {
                TileShare share = TileShare.Of<TForm>(index, input.Rows, tiles, pieceCount, stepCount, steps);
                feed = TFeed.Begin<TMemory, TWeights>(feed, share, bytes);
                feed = IsSplit<TForm, TShare>()
                    ? MultiplyPiece<TUnit, TMemory, TGroup, TForm, TFeed, TWeights, TBlocks, ScaledFinish<TWeights, TFinish>>(feed, waiting.Sums, bytes, share, pieces, output, input.Rows)
                    : MultiplyTile<TUnit, TMemory, TGroup, TForm, TFeed, TWeights, TBlocks, ScaledFinish<TWeights, TFinish>>(feed, waiting, bytes, share, stepsPerPiece, output, input.Rows);
            }
        }
        else if (TFeed.IsSender)
        {
            int shares = TileShare.Count<TForm>(input.Rows, tiles, pieceCount);
            for (int index = Grid.IdxX / TileShare.Groups<TForm>(); index < shares; index += Grid.DimX / TileShare.Groups<TForm>())
                feed = TFeed.Send<TWeights>(feed, TileShare.Of<TForm>(index, input.Rows, tiles, pieceCount, stepCount, steps), bytes);
        }

        // Not for the sender: ptxas copied the barrier behind its branch into it, where one lane waited for ever.
        if (TFeed.Multiplies)
            TFeed.End();
    }

    /// <summary>Blocks of eight rows of an item whose sums of the pieces before wait in registers, the first ones; the others' wait in shared memory.</summary>
    internal static int KeptBlocks<TBlocks>()
        where TBlocks : struct, IRowBlocks<TBlocks> => TBlocks.BlockCount > MostKeptBlocks ? KeptOfMore : TBlocks.BlockCount;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFeed MultiplyPiece<TUnit, TMemory, TGroup, TForm, TFeed, TWeights, TBlocks, TFinish>(
        TFeed feed, ArrayView<float> sums, int bytes, TileShare share, PieceExchange pieces, LinearOutput output, int rows)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TGroup : struct, IWarpgroup
        where TForm : struct, ITileForm
        where TFeed : struct, IStepFeed<TFeed>
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish
    {
        feed = TFeed.Multiply<TUnit, TMemory, TGroup, TWeights>(feed, sums, bytes, share.First, share.Last);
        LetNextBegin<TForm>();
        LinearTarget target = TargetOf<TForm, TBlocks, TFinish>(output, rows, share);
        if (TForm.SumGroups > 1)
            TFeed.Meet<TGroup, TBlocks, TFinish>(feed, pieces, sums, share, target);
        else if (share.HasColumns)
            TilePieces<TGroup>.Meet<TFeed, TBlocks, TFinish>(pieces, sums, share, target);
        return feed;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFeed MultiplyTile<TUnit, TMemory, TGroup, TForm, TFeed, TWeights, TBlocks, TFinish>(
        TFeed feed, WaitingSums<TGroup, TBlocks> waiting, int bytes, TileShare share, int stepsPerPiece, LinearOutput output, int rows)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TGroup : struct, IWarpgroup
        where TForm : struct, ITileForm
        where TFeed : struct, IStepFeed<TFeed>
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish
    {
        waiting.Mask = 0;
        for (int first = 0; first < share.Last; first += stepsPerPiece)
        {
            int last = IntrinsicMath.Min(first + stepsPerPiece, share.Last);
            feed = TFeed.Multiply<TUnit, TMemory, TGroup, TWeights>(feed, waiting.Sums, bytes, first, last);
            if (last == share.Last)
                break;
            PieceJoins<TGroup, TBlocks> join;
            join.Waiting = waiting;
            TBlocks.ForEach(join, 0);
            waiting.Mask = uint.MaxValue;
        }

        LetNextBegin<TForm>();
        LastPieceJoins<TGroup, TBlocks, TFinish> end;
        end.Waiting = waiting;
        end.Target = TargetOf<TForm, TBlocks, TFinish>(output, rows, share);
        if (share.HasColumns)
            TBlocks.ForEach(end, 0);
        return feed;
    }

    // Asked for when all products are done: while they are, of wide tiles no register is left for it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static LinearTarget TargetOf<TForm, TBlocks, TFinish>(LinearOutput output, int rows, TileShare share)
        where TForm : struct, ITileForm
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish
    {
        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int warp = Group.IdxX >> 5;
        int below = TForm.SumGroups > 1 ? 0 : warp / TForm.ColumnWarps;
        int row = share.FirstRow + below * 8 * TBlocks.BlockCount + 2 * (lane & 3);
        int column = (share.ColumnTile * TForm.ColumnWarps + (warp & (TForm.ColumnWarps - 1))) * MatrixLayout.ColumnsPerBlock + (lane >> 2);
        return LinearTarget.At<TFinish>(output, rows, row, column);
    }

    // No step is left to be read.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LetNextBegin<TForm>()
        where TForm : struct, ITileForm
    {
        if (TForm.LetsNextBegin)
            LaunchOrder.LetNextBegin();
    }

    // Whether a warpgroup adds one piece of its sums.
    private static bool IsSplit<TForm, TShare>()
        where TForm : struct, ITileForm
        where TShare : struct, IGroupShare => TShare.IsOnePiece | TForm.SumGroups > 1;

    private static int WaitingInMemory<TShare, TBlocks>()
        where TShare : struct, IGroupShare
        where TBlocks : struct, IRowBlocks<TBlocks> =>
        TShare.IsOnePiece ? 0 : (TBlocks.BlockCount - KeptBlocks<TBlocks>()) * 8 * WarpgroupSteps.Columns;

    private static int StepBytes<TShare, TBlocks>()
        where TShare : struct, IGroupShare
        where TBlocks : struct, IRowBlocks<TBlocks> => StagedBytes - WaitingInMemory<TShare, TBlocks>() * sizeof(float);
}
