using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// The steps of 32 input features that a group of two warpgroups multiplies, 16 columns a warp. They travel to a ring of slots in shared
/// memory, and while the products of one slot run the next is made ready. A slot has the weights of its steps, [step, block, packet, lane], and
/// then their inputs, [row, step, octet], see <see cref="StagedInputs"/>.
/// <para>
/// A slot has two steps where four such slots fit: 128 bytes of a row, a whole line, are read at once then, and the group meets half as often.
/// </para>
/// </summary>
internal partial struct WarpgroupSteps
{
    /// <summary>Warps of a group.</summary>
    public const int Warps = 8;

    /// <summary>Its items.</summary>
    public const int GroupSize = Warps * MatrixLayout.Lanes;

    /// <summary>Its columns.</summary>
    public const int Columns = Warps * MatrixLayout.ColumnsPerBlock;

    /// <summary>Steps that all pieces must be multiples of.</summary>
    public const int MostPerSlot = 2;

    private const int FewestPairs = 4;
    private const int MostRowsOfPairs = 128;

    /// <summary>[slot, packet].</summary>
    public StagedPackets Staged;

    /// <summary>What <see cref="IWarpgroup.AllocateSums"/> gave.</summary>
    public ArrayView<float> Sums;

    /// <summary>See <see cref="IMatrixUnit"/>.</summary>
    public ArrayView<uint> Exchange;

    /// <summary>The weights.</summary>
    public PacketSource Weight;

    /// <summary>The input, of whole pairs of steps.</summary>
    public LinearInput Input;

    /// <summary>The first step that is not the group's.</summary>
    public int Last;

    /// <summary>Whether weights are given up by the second-level cache before what is read again; a constant.</summary>
    public bool IsStreamed;

    // What an item copies, computed once: no shift or mask of it is worth a place among the few instructions that a step takes.
    private int _weightTarget; // in a slot
    private long _weightSource; // at step 0
    private int _nextWeights; // from a block's first run of weights to its second one
    private int _inputTarget;
    private long _inputSource;
    private int _rowsBelow; // from the item's first row on
    private int _stepsToSecond; // from the first warpgroup's steps to the second one's, where they have steps of their own

    /// <summary>Packets of the ring.</summary>
    /// <param name="rows">Rows of a step; a constant.</param>
    /// <param name="bytes">Shared memory that there is; a constant.</param>
    public static int Packets<TWeights>(int rows, int bytes)
        where TWeights : struct, IMatrixWeights => Slots<TWeights>(rows, bytes) * PacketsPerSlot<TWeights>(rows, bytes);

    /// <summary>Makes the ring. Once a kernel, by all items of the group; <see cref="Sums"/> and <see cref="Last"/> are still to be said.</summary>
    /// <param name="input">The input, of whole pairs of steps.</param>
    /// <param name="weight">The weights.</param>
    /// <param name="rows">Rows of a step; a constant.</param>
    /// <param name="bytes">Shared memory that there is; a constant.</param>
    /// <param name="besides">Elements of shared memory beside the ring, see <see cref="IPacketMemory.LargeSums"/>; a constant.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WarpgroupSteps Allocate<TUnit, TMemory, TWeights>(LinearInput input, PacketSource weight, int rows, int bytes, int besides)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
    {
        WarpgroupSteps steps = default;
        steps.Exchange = TUnit.AllocateExchange(Warps);
        steps.Staged = TMemory.AllocateLarge(Packets<TWeights>(rows, bytes), besides);
        steps.Weight = weight;
        steps.Input = input;
        return steps;
    }

    /// <summary>Points to a tile.</summary>
    /// <param name="steps">The steps.</param>
    /// <param name="rows">Rows of a step; a constant.</param>
    /// <param name="bytes">Shared memory that there is; a constant.</param>
    /// <param name="firstRow">The tile's first row.</param>
    /// <param name="columnTile">Which columns, 16 a warp.</param>
    /// <param name="tiles">Tiles of eight columns that there are, padding included.</param>
    /// <param name="columnWarps">Warps with columns of their own, see <see cref="ITileForm"/>; a constant.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WarpgroupSteps At<TWeights>(WarpgroupSteps steps, int rows, int bytes, int firstRow, int columnTile, int tiles, int columnWarps)
        where TWeights : struct, IMatrixWeights
    {
        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int warp = Group.IdxX >> 5;
        int stepCount = MatrixLayout.StepsFor(steps.Input.Octets);
        int block = IntrinsicMath.Min(columnTile * columnWarps + (warp & (columnWarps - 1)), tiles / 2 - 1);
        steps._weightTarget = TWeights.PacketsPerBlock * warp * MatrixLayout.Lanes + lane;
        steps._weightSource = MatrixLayout.FirstPacket(TWeights.PacketsPerBlock * block, 0, stepCount) + lane;
        steps._nextWeights = stepCount * MatrixLayout.Lanes;

        // Of a row's packets every item brings one, and of as many rows as the items make, one after the other.
        int perSlot = PerSlot<TWeights>(rows, bytes);
        int octet = Group.IdxX & (perSlot * MatrixLayout.OctetsPerStep - 1);
        int row = Group.IdxX >> (perSlot > 1 ? 3 : 2);
        steps._inputTarget = perSlot * WeightPackets<TWeights>() + StagedInputs.Place(row * perSlot * MatrixLayout.OctetsPerStep + octet, perSlot);
        steps._inputSource = (long)(firstRow + row) * steps.Input.Octets + octet;
        steps._rowsBelow = steps.Input.Rows - firstRow - row;
        return steps;
    }

    /// <summary>
    /// Gives the second warpgroup steps of its own, so many behind the first one's, of the same columns and rows: half of the rows that are staged are those of the first one's steps, the
    /// others the same rows of the second one's.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WarpgroupSteps SplitSums(WarpgroupSteps steps, int stepsToSecond)
    {
        steps._stepsToSecond = stepsToSecond;
        steps._weightSource += (Group.IdxX >> 7) * stepsToSecond * MatrixLayout.Lanes;
        return steps;
    }

    /// <summary>Sums the products of steps, while the copies of those behind them go on.</summary>
    /// <param name="steps">The steps.</param>
    /// <param name="rows">Rows of a step; a constant.</param>
    /// <param name="ownRows">Those of a warpgroup, all or half; a constant.</param>
    /// <param name="bytes">Shared memory that there is; a constant.</param>
    /// <param name="place">Where the first step's slot begins.</param>
    /// <param name="first">The first step.</param>
    /// <param name="end">The first step that is not multiplied.</param>
    /// <returns>Where the slot of the step <paramref name="end"/> begins.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Multiply<TUnit, TMemory, TGroup, TWeights>(
        WarpgroupSteps steps, int rows, int ownRows, int bytes, int place, int first, int end)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TGroup : struct, IWarpgroup
        where TWeights : struct, IMatrixWeights
    {
        TMemory.Await(Slots<TWeights>(rows, bytes) - 2);
        TGroup.ShareStaged();
        Group.Barrier();
        SlotWeights columns = Load<TUnit, TMemory, TWeights>(steps, rows, bytes, place);

        // Weights of two slots in turn: were one moved to the place of the other, ptxas would let the products wait for each other.
        int step = first;
        while (true)
        {
            SlotWeights next = MultiplySlot<TUnit, TMemory, TGroup, TWeights>(steps, rows, ownRows, bytes, place, columns, step, step == first);
            place = Behind<TWeights>(rows, bytes, place);
            step += PerSlot<TWeights>(rows, bytes);
            if (step >= end)
                return place;
            columns = MultiplySlot<TUnit, TMemory, TGroup, TWeights>(steps, rows, ownRows, bytes, place, next, step, false);
            place = Behind<TWeights>(rows, bytes, place);
            step += PerSlot<TWeights>(rows, bytes);
            if (step >= end)
                return place;
        }
    }

    // Multiplies a slot's steps and gives the weights of the next slot.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static SlotWeights MultiplySlot<TUnit, TMemory, TGroup, TWeights>(
        WarpgroupSteps steps, int rows, int ownRows, int bytes, int place, SlotWeights columns, int step, bool isFirst)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TGroup : struct, IWarpgroup
        where TWeights : struct, IMatrixWeights
    {
        int perSlot = PerSlot<TWeights>(rows, bytes);
        int inputs = place + perSlot * WeightPackets<TWeights>();
        if (ownRows < rows)
            inputs += (Group.IdxX >> 7) * ownRows * perSlot * MatrixLayout.OctetsPerStep;
        TGroup.StartMultiplyAdd(steps.Sums, columns.First, steps.Staged, inputs, perSlot, ownRows, isFirst, steps.Exchange);
        if (perSlot > 1)
            TGroup.StartMultiplyAdd(steps.Sums, columns.Second, steps.Staged, inputs + MatrixLayout.OctetsPerStep, perSlot, ownRows, false, steps.Exchange);

        // Past the barrier the copies of the next slot have arrived, and all have ended the products of the slot before, which is free.
        TMemory.Await(Slots<TWeights>(rows, bytes) - 3);
        TGroup.ShareStaged();
        Group.Barrier();
        int ahead = (Slots<TWeights>(rows, bytes) - 1) * perSlot;
        Start<TMemory, TWeights>(steps, rows, perSlot, Before<TWeights>(rows, bytes, place), step + ahead);
        SlotWeights next = Load<TUnit, TMemory, TWeights>(steps, rows, bytes, Behind<TWeights>(rows, bytes, place));
        TGroup.Await();
        return next;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static SlotWeights Load<TUnit, TMemory, TWeights>(WarpgroupSteps steps, int rows, int bytes, int place)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TWeights : struct, IMatrixWeights
    {
        SlotWeights columns;
        columns.First = TWeights.Load<TUnit, TMemory>(steps.Staged, place + steps._weightTarget);
        columns.Second = PerSlot<TWeights>(rows, bytes) > 1
            ? TWeights.Load<TUnit, TMemory>(steps.Staged, place + steps._weightTarget + WeightPackets<TWeights>())
            : default;
        return columns;
    }

    // This lane's weights of a slot.
    private struct SlotWeights
    {
        public BlockWeights First;
        public BlockWeights Second;
    }
}
