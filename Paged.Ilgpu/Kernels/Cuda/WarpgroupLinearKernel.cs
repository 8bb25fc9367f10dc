using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Linear layer of many rows on the matrix unit of sm_90a. Two warpgroups compute tiles of 128 columns and 256 rows, twice those of
/// <see cref="ManyRowsLinearKernel"/>: what bounds that one is the second-level cache, and of a larger tile each byte serves more products. Steps of
/// 32 input features come to shared memory by a <see cref="IStepFeed{TSelf}"/>, as many as it holds, and while one is multiplied the next are on their way.
/// <para>
/// The pieces of a sum and their order are those of <see cref="FewRowsLinearKernel"/>, and so are the bits. The sum
/// of the pieces before waits in registers and in shared memory, half in each: to fetch it from device memory took as long as half of the products,
/// and in shared memory alone it would leave room for too few steps on their way. Where there are fewer tiles than multiprocessors each piece is given
/// a group of its own (split-K).
/// </para>
/// </summary>
public static class WarpgroupLinearKernel
{
    /// <summary>Rows of a tile.</summary>
    public const int Rows = 256;

    /// <summary>Blocks of eight rows of a tile.</summary>
    internal const int Blocks = Rows / 8;

    /// <summary>Those whose sums of the pieces before wait in registers, the first ones; the others' wait in shared memory.</summary>
    internal const int KeptBlocks = 12;

    private const int StagedBytes = 224 << 10;
    private const int SumsInMemory = (Blocks - KeptBlocks) * 8 * WarpgroupSteps.Columns;

    /// <summary>What the compiler is told of launches.</summary>
    public static KernelSpecialization LaunchBounds<TFeed>()
        where TFeed : struct, IStepFeed<TFeed> => new(TFeed.GroupSize, 1);

    /// <summary>Shared memory that a launch asks for, in bytes.</summary>
    public static int SharedBytes<TFeed, TShare, TWeights>()
        where TFeed : struct, IStepFeed<TFeed>
        where TShare : struct, IGroupShare
        where TWeights : struct, IMatrixWeights => IPacketMemory.LargeBytes(TFeed.Packets<TWeights>(StepBytes<TShare>()), WaitingInMemory<TShare>());

    /// <summary>The kernel. Grid: groups, an even number, which share the work.</summary>
    public static void Run<TUnit, TMemory, TGroup, TFeed, TShare, TWeights, TBlocks, TFinish>(
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
        where TFeed : struct, IStepFeed<TFeed>
        where TShare : struct, IGroupShare
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish
    {
        int bytes = StepBytes<TShare>();
        int stepCount = MatrixLayout.StepsFor(input.Octets);
        int pieceCount = TShare.IsOnePiece ? TilePieces<TGroup>.Count : 1;
        int steps = TShare.IsOnePiece ? stepsPerPiece : stepCount; // of a share
        TFeed feed = TFeed.Make<TUnit, TMemory, TWeights>(input, weight, maps, tiles, bytes, WaitingInMemory<TShare>());
        if (TFeed.Multiplies)
        {
            TFeed.BeginMultiplying();
            WaitingSums<TGroup> waiting = default;
            waiting.Sums = TGroup.AllocateSums(4 * (Blocks + (TShare.IsOnePiece ? 0 : KeptBlocks)));
            if (!TShare.IsOnePiece)
                waiting.Memory = TMemory.LargeSums(SumsInMemory).Cast<Packet>();
            int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
            int shares = TileShare.Count(input.Rows, tiles, pieceCount);
            for (int index = Grid.IdxX / TileShare.Groups; index < shares; index += Grid.DimX / TileShare.Groups)
            {
                TileShare share = TileShare.Of(index, input.Rows, tiles, pieceCount, stepCount, steps);
                int column = (share.ColumnTile * WarpgroupSteps.Warps + (Group.IdxX >> 5)) * MatrixLayout.ColumnsPerBlock + (lane >> 2);
                LinearTarget target = LinearTarget.At<TFinish>(output, input.Rows, share.FirstRow + 2 * (lane & 3), column);
                feed = TFeed.Begin<TMemory, TWeights>(feed, share, bytes);
                feed = TShare.IsOnePiece
                    ? MultiplyPiece<TUnit, TMemory, TGroup, TFeed, TWeights, TBlocks, ScaledFinish<TWeights, TFinish>>(feed, waiting.Sums, bytes, share, pieces, target)
                    : MultiplyTile<TUnit, TMemory, TGroup, TFeed, TWeights, TBlocks, ScaledFinish<TWeights, TFinish>>(feed, waiting, bytes, share, stepsPerPiece, target);
            }
        }
        else if (TFeed.IsSender)
        {
            int shares = TileShare.Count(input.Rows, tiles, pieceCount);
            for (int index = Grid.IdxX / TileShare.Groups; index < shares; index += Grid.DimX / TileShare.Groups)
                feed = TFeed.Send<TWeights>(feed, TileShare.Of(index, input.Rows, tiles, pieceCount, stepCount, steps), bytes);
        }

        TFeed.End();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFeed MultiplyPiece<TUnit, TMemory, TGroup, TFeed, TWeights, TBlocks, TFinish>(
        TFeed feed, ArrayView<float> sums, int bytes, TileShare share, PieceExchange pieces, LinearTarget target)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TGroup : struct, IWarpgroup
        where TFeed : struct, IStepFeed<TFeed>
        where TWeights : struct, IMatrixWeights
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish
    {
        feed = TFeed.Multiply<TUnit, TMemory, TGroup, TWeights>(feed, sums, bytes, share.First, share.Last);
        if (share.HasColumns)
            TilePieces<TGroup>.Meet<TFeed, TBlocks, TFinish>(pieces, sums, share, target);
        return feed;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFeed MultiplyTile<TUnit, TMemory, TGroup, TFeed, TWeights, TBlocks, TFinish>(
        TFeed feed, WaitingSums<TGroup> waiting, int bytes, TileShare share, int stepsPerPiece, LinearTarget target)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TGroup : struct, IWarpgroup
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
            PieceJoins<TGroup> join;
            join.Waiting = waiting;
            TBlocks.ForEach(join, 0);
            waiting.Mask = uint.MaxValue;
        }

        LastPieceJoins<TGroup, TFinish> end;
        end.Waiting = waiting;
        end.Target = target;
        if (share.HasColumns)
            TBlocks.ForEach(end, 0);
        return feed;
    }

    private static int WaitingInMemory<TShare>()
        where TShare : struct, IGroupShare => TShare.IsOnePiece ? 0 : SumsInMemory;

    private static int StepBytes<TShare>()
        where TShare : struct, IGroupShare => StagedBytes - WaitingInMemory<TShare>() * sizeof(float);
}
