using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Rows in blocks of eight, the width of the matrix unit's right factor: what a lane holds of their inputs and sums. Given to a kernel as
/// a type parameter: <see cref="OneRowBlock"/>, <c>PairOfRowBlocks&lt;OneRowBlock&gt;</c> for 16 rows, and so on.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
public interface IRowBlocks<TSelf>
    where TSelf : struct, IRowBlocks<TSelf>
{
    /// <summary>Number of blocks.</summary>
    static abstract int Count { get; }

    /// <summary>Starts reading the inputs of a step.</summary>
    /// <param name="blocks">The blocks.</param>
    /// <param name="input">The input.</param>
    /// <param name="firstRow">The first block's first row.</param>
    /// <param name="octet">The octet that this lane takes of each row.</param>
    static abstract TSelf Fetch<TMemory>(TSelf blocks, LinearInput input, int firstRow, int octet)
        where TMemory : struct, IPacketMemory;

    /// <summary>Adds the products of a step of 16 columns to the sums.</summary>
    static abstract TSelf MultiplyAdd<TUnit>(TSelf blocks, Packet low, Packet high, ArrayView<uint> exchange)
        where TUnit : struct, IMatrixUnit;

    /// <summary>Lays the lane's sums out, each block's four one <paramref name="stride"/> after the other.</summary>
    static abstract void Store(TSelf blocks, ArrayView<float> target, int first, int stride);
}

/// <summary>The input of a linear layer. Passed to kernels by value.</summary>
/// <param name="packets">[row, octet], of the weights' type.</param>
/// <param name="rows">Rows there are; beyond the last one, the last one is read.</param>
/// <param name="octets">Octets of a row.</param>
public readonly struct LinearInput(PacketSource packets, int rows, int octets)
{
    /// <summary>[row, octet].</summary>
    public PacketSource Packets { get; } = packets;

    /// <summary>Rows there are.</summary>
    public int Rows { get; } = rows;

    /// <summary>Octets of a row.</summary>
    public int Octets { get; } = octets;

    /// <summary>The place of an octet, in a row that surely exists: what a padding row gives is never used, whatever it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Place(int row, int octet) => (long)IntrinsicMath.Min(row, Rows - 1) * Octets + octet;
}

/// <summary>Eight rows.</summary>
public struct OneRowBlock : IRowBlocks<OneRowBlock>
{
    private MatrixSums _sums;
    private Packet _input;

    /// <inheritdoc/>
    public static int Count => 1;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneRowBlock Fetch<TMemory>(OneRowBlock blocks, LinearInput input, int firstRow, int octet)
        where TMemory : struct, IPacketMemory
    {
        int row = firstRow + ((Group.IdxX & (MatrixLayout.Lanes - 1)) >> 2);
        blocks._input = TMemory.Load(input.Packets, input.Place(row, octet), octet < input.Octets);
        return blocks;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneRowBlock MultiplyAdd<TUnit>(OneRowBlock blocks, Packet low, Packet high, ArrayView<uint> exchange)
        where TUnit : struct, IMatrixUnit
    {
        blocks._sums = MatrixProduct.MultiplyAdd<TUnit>(blocks._sums, low, high, blocks._input, exchange);
        return blocks;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(OneRowBlock blocks, ArrayView<float> target, int first, int stride) =>
        MatrixProduct.Store(blocks._sums, target, first, stride);
}

/// <summary>Twice as many rows.</summary>
/// <typeparam name="THalf">Half of them.</typeparam>
public struct PairOfRowBlocks<THalf> : IRowBlocks<PairOfRowBlocks<THalf>>
    where THalf : struct, IRowBlocks<THalf>
{
    private THalf _first;
    private THalf _second;

    /// <inheritdoc/>
    public static int Count => 2 * THalf.Count;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PairOfRowBlocks<THalf> Fetch<TMemory>(PairOfRowBlocks<THalf> blocks, LinearInput input, int firstRow, int octet)
        where TMemory : struct, IPacketMemory
    {
        blocks._first = THalf.Fetch<TMemory>(blocks._first, input, firstRow, octet);
        blocks._second = THalf.Fetch<TMemory>(blocks._second, input, firstRow + THalf.Count * 8, octet);
        return blocks;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PairOfRowBlocks<THalf> MultiplyAdd<TUnit>(PairOfRowBlocks<THalf> blocks, Packet low, Packet high, ArrayView<uint> exchange)
        where TUnit : struct, IMatrixUnit
    {
        blocks._first = THalf.MultiplyAdd<TUnit>(blocks._first, low, high, exchange);
        blocks._second = THalf.MultiplyAdd<TUnit>(blocks._second, low, high, exchange);
        return blocks;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(PairOfRowBlocks<THalf> blocks, ArrayView<float> target, int first, int stride)
    {
        THalf.Store(blocks._first, target, first, stride);
        THalf.Store(blocks._second, target, first + 4 * THalf.Count * stride, stride);
    }
}
