using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// A lane's sums of 16 columns and of rows in blocks of eight, the width of the matrix unit's right factor. Given to a kernel as a type
/// parameter: <see cref="OneRowBlock"/>, <c>PairOfRowBlocks&lt;OneRowBlock&gt;</c> for 16 rows, and so on.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
public interface IRowBlocks<TSelf> : ISums<TSelf>
    where TSelf : struct, IRowBlocks<TSelf>
{
    /// <summary>Number of blocks.</summary>
    static abstract int BlockCount { get; }

    /// <summary>Adds the products of a step of 16 columns to the sums.</summary>
    /// <param name="blocks">The sums.</param>
    /// <param name="first">This lane's first packet of the weights, see <see cref="MatrixLayout"/>.</param>
    /// <param name="second">Its second one.</param>
    /// <param name="staged">[row, octet], see <see cref="StagedInputs"/>.</param>
    /// <param name="inputs">What this lane names of the first block, see <see cref="IPacketMemory.LoadMatrices"/>.</param>
    /// <param name="exchange">See <see cref="IMatrixUnit"/>.</param>
    static abstract TSelf MultiplyAdd<TUnit, TMemory>(
        TSelf blocks, Packet first, Packet second, StagedPackets staged, int inputs, ArrayView<uint> exchange)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory;

    /// <summary>Reads the sums that a warpgroup holds.</summary>
    /// <param name="sums">What <see cref="IWarpgroup.AllocateSums"/> gave.</param>
    /// <param name="block">The first of these blocks; a constant.</param>
    static abstract TSelf Read<TGroup>(ArrayView<float> sums, int block)
        where TGroup : struct, IWarpgroup;

    /// <summary>Gives the finished sums on.</summary>
    /// <param name="blocks">The sums.</param>
    /// <param name="target">Where they go.</param>
    /// <param name="further">Rows of the target before the first of these blocks; a constant.</param>
    static abstract void Finish<TFinish>(TSelf blocks, LinearTarget target, int further)
        where TFinish : struct, IFinish;

    /// <summary>Does something with each block, one after the other.</summary>
    /// <param name="action">What.</param>
    /// <param name="block">The first of these blocks; a constant.</param>
    static abstract void ForEach<TAction>(TAction action, int block)
        where TAction : struct, IRowBlockAction<TAction>;
}

/// <summary>Eight rows.</summary>
public struct OneRowBlock : IRowBlocks<OneRowBlock>
{
    private MatrixSums _sums;

    /// <inheritdoc/>
    public static int BlockCount => 1;

    /// <inheritdoc/>
    public static int Count => 4;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneRowBlock MultiplyAdd<TUnit, TMemory>(
        OneRowBlock blocks, Packet first, Packet second, StagedPackets staged, int inputs, ArrayView<uint> exchange)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
    {
        Packet input = TMemory.LoadMatrices(staged, inputs);
        TUnit.Announce(first, second, input, exchange);
        blocks._sums = MatrixProduct.MultiplyAdd<TUnit>(blocks._sums, first, second, input, exchange);
        return blocks;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneRowBlock Add(OneRowBlock left, OneRowBlock right)
    {
        left._sums = MatrixProduct.Add(left._sums, right._sums);
        return left;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(OneRowBlock sums, ArrayView<float> target, long first, int stride) =>
        MatrixProduct.Store(sums._sums, target, first, stride);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneRowBlock AddStored(OneRowBlock sums, ArrayView<float> source, long first, int stride, uint mask)
    {
        sums._sums = MatrixProduct.Add(sums._sums, MatrixProduct.Load(source, first, stride, mask));
        return sums;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish<TFinish>(OneRowBlock blocks, LinearTarget target, int further)
        where TFinish : struct, IFinish => LinearTarget.Finish<TFinish>(target, blocks._sums, further);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneRowBlock Read<TGroup>(ArrayView<float> sums, int block)
        where TGroup : struct, IWarpgroup => new() { _sums = TGroup.Read(sums, block) };

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ForEach<TAction>(TAction action, int block)
        where TAction : struct, IRowBlockAction<TAction> => TAction.Take(action, block);
}

/// <summary>Twice as many rows.</summary>
/// <typeparam name="THalf">Half of them.</typeparam>
public struct PairOfRowBlocks<THalf> : IRowBlocks<PairOfRowBlocks<THalf>>
    where THalf : struct, IRowBlocks<THalf>
{
    private THalf _first;
    private THalf _second;

    /// <inheritdoc/>
    public static int BlockCount => 2 * THalf.BlockCount;

    /// <inheritdoc/>
    public static int Count => 2 * THalf.Count;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PairOfRowBlocks<THalf> MultiplyAdd<TUnit, TMemory>(
        PairOfRowBlocks<THalf> blocks, Packet first, Packet second, StagedPackets staged, int inputs, ArrayView<uint> exchange)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
    {
        blocks._first = THalf.MultiplyAdd<TUnit, TMemory>(blocks._first, first, second, staged, inputs, exchange);
        blocks._second = THalf.MultiplyAdd<TUnit, TMemory>(
            blocks._second, first, second, staged, inputs + THalf.BlockCount * MatrixLayout.Lanes, exchange);
        return blocks;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PairOfRowBlocks<THalf> Add(PairOfRowBlocks<THalf> left, PairOfRowBlocks<THalf> right)
    {
        left._first = THalf.Add(left._first, right._first);
        left._second = THalf.Add(left._second, right._second);
        return left;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(PairOfRowBlocks<THalf> sums, ArrayView<float> target, long first, int stride)
    {
        THalf.Store(sums._first, target, first, stride);
        THalf.Store(sums._second, target, first + THalf.Count * stride, stride);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PairOfRowBlocks<THalf> AddStored(PairOfRowBlocks<THalf> sums, ArrayView<float> source, long first, int stride, uint mask)
    {
        sums._first = THalf.AddStored(sums._first, source, first, stride, mask);
        sums._second = THalf.AddStored(sums._second, source, first + THalf.Count * stride, stride, mask);
        return sums;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish<TFinish>(PairOfRowBlocks<THalf> blocks, LinearTarget target, int further)
        where TFinish : struct, IFinish
    {
        THalf.Finish<TFinish>(blocks._first, target, further);
        THalf.Finish<TFinish>(blocks._second, target, further + THalf.BlockCount * 8);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PairOfRowBlocks<THalf> Read<TGroup>(ArrayView<float> sums, int block)
        where TGroup : struct, IWarpgroup
    {
        PairOfRowBlocks<THalf> result;
        result._first = THalf.Read<TGroup>(sums, block);
        result._second = THalf.Read<TGroup>(sums, block + THalf.BlockCount);
        return result;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ForEach<TAction>(TAction action, int block)
        where TAction : struct, IRowBlockAction<TAction>
    {
        THalf.ForEach(action, block);
        THalf.ForEach(action, block + THalf.BlockCount);
    }
}
