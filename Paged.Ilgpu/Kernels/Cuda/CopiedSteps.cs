using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>Every item copies its part of each step, as in <see cref="WarpgroupSteps"/>: for devices whose hardware sends none.</summary>
/// <typeparam name="TForm">The tile.</typeparam>
public struct CopiedSteps<TForm> : IStepFeed<CopiedSteps<TForm>>
    where TForm : struct, ITileForm
{
    private WarpgroupSteps _steps;
    private int _tiles;
    private int _place;

    /// <inheritdoc/>
    public static int GroupSize => WarpgroupSteps.GroupSize;

    // Where the warpgroups have steps of their own, the inputs of the second one's lie below those of the first one's.
    private static int StagedRows => TForm.SumGroups * TForm.Rows;

    /// <inheritdoc/>
    public static bool IsSender => false;

    /// <inheritdoc/>
    public static bool Multiplies => true;

    /// <inheritdoc/>
    public static int Packets<TWeights>(int bytes)
        where TWeights : struct, IMatrixWeights => WarpgroupSteps.Packets<TWeights>(StagedRows, bytes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CopiedSteps<TForm> Make<TUnit, TMemory, TWeights>(LinearInput input, PacketSource weight, StepMaps maps, int tiles, int bytes, int besides)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
    {
        CopiedSteps<TForm> feed = default;
        feed._steps = WarpgroupSteps.Allocate<TUnit, TMemory, TWeights>(input, weight, StagedRows, bytes, besides);
        feed._tiles = tiles;
        return feed;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CopiedSteps<TForm> Send<TWeights>(CopiedSteps<TForm> feed, TileShare share, int bytes)
        where TWeights : struct, IMatrixWeights => feed;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CopiedSteps<TForm> BeginMultiplying<TWeights>(CopiedSteps<TForm> feed)
        where TWeights : struct, IMatrixWeights => feed;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CopiedSteps<TForm> Begin<TMemory, TWeights>(CopiedSteps<TForm> feed, TileShare share, int bytes)
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
    {
        feed._steps = WarpgroupSteps.At<TWeights>(
            feed._steps, StagedRows, bytes, share.FirstRow, share.ColumnTile, feed._tiles, TForm.ColumnWarps);
        feed._steps.Last = share.Last;
        if (TForm.SumGroups > 1)
            feed._steps = WarpgroupSteps.SplitSums(feed._steps, share.Last - share.First);

        // All have read the last step of the share before.
        Group.Barrier();
        WarpgroupSteps.Begin<TMemory, TWeights>(feed._steps, StagedRows, bytes, share.First);
        feed._place = 0;
        return feed;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CopiedSteps<TForm> Multiply<TUnit, TMemory, TGroup, TWeights>(CopiedSteps<TForm> feed, ArrayView<float> sums, int bytes, int first, int end)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TGroup : struct, IWarpgroup
        where TWeights : struct, IMatrixWeights
    {
        feed._steps.Sums = sums;
        feed._place = WarpgroupSteps.Multiply<TUnit, TMemory, TGroup, TWeights>(
            feed._steps, StagedRows, StagedRows * TForm.ColumnWarps / WarpgroupSteps.Warps, bytes, feed._place, first, end);
        return feed;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Meet<TGroup, TBlocks, TFinish>(CopiedSteps<TForm> feed, PieceExchange pieces, ArrayView<float> sums, TileShare share, LinearTarget target)
        where TGroup : struct, IWarpgroup
        where TBlocks : struct, IRowBlocks<TBlocks>
        where TFinish : struct, IFinish => SplitMeeting.InMemory<TGroup, TBlocks, TFinish>(pieces, sums, share, target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Barrier() => Group.Barrier();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool BarrierOr(bool condition) => Group.BarrierOr(condition);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void End()
    {
    }
}
