using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels;

/// <summary>
/// The sums of several rows that one work item keeps in registers, given to a kernel as a type parameter: <see cref="OneRow"/>,
/// <c>Pair&lt;OneRow&gt;</c> for two rows, <c>Pair&lt;Pair&lt;OneRow&gt;&gt;</c> for four, and so on. Each row is summed by the
/// same expression at every height, so that the height changes no bit of a result.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
public interface IRowTile<TSelf>
    where TSelf : struct, IRowTile<TSelf>
{
    /// <summary>Number of rows.</summary>
    static abstract int Height { get; }

    /// <summary>Adds the product of an octet with the same octet of each row to the row's sum.</summary>
    /// <param name="sums">The sums so far.</param>
    /// <param name="factor">Eight elements that all rows are multiplied with.</param>
    /// <param name="rows">[row, octet], float32.</param>
    /// <param name="octet">Index of the octet of the tile's first row.</param>
    /// <param name="stride">Octets from a row to the next.</param>
    static abstract TSelf MultiplyAdd(TSelf sums, in Octet factor, ArrayView<Packet> rows, long octet, int stride);

    /// <summary>Adds two tiles, row by row.</summary>
    static abstract TSelf Add(TSelf left, TSelf right);

    /// <summary>Gives each row's sum to a receiver, the first row first.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="receiver">Receives a row's number and its sum.</param>
    /// <param name="firstRow">The number of the tile's first row.</param>
    static abstract void ForEach<TReceiver>(TSelf sums, TReceiver receiver, int firstRow)
        where TReceiver : struct, IRowReceiver;
}

/// <summary>Takes the finished sums of a tile.</summary>
public interface IRowReceiver
{
    /// <summary>Takes the sum of one row.</summary>
    void Receive(int row, float sum);
}

/// <summary>A tile of one row.</summary>
public struct OneRow : IRowTile<OneRow>
{
    private float _sum;

    /// <inheritdoc/>
    public static int Height => 1;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneRow MultiplyAdd(OneRow sums, in Octet factor, ArrayView<Packet> rows, long octet, int stride)
    {
        sums._sum = Octet.MultiplyAdd(sums._sum, factor, Float32.Load(rows, octet));
        return sums;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneRow Add(OneRow left, OneRow right)
    {
        left._sum += right._sum;
        return left;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ForEach<TReceiver>(OneRow sums, TReceiver receiver, int firstRow)
        where TReceiver : struct, IRowReceiver => receiver.Receive(firstRow, sums._sum);
}

/// <summary>A tile of twice as many rows.</summary>
/// <typeparam name="THalf">The tile of half the rows.</typeparam>
public struct Pair<THalf> : IRowTile<Pair<THalf>>
    where THalf : struct, IRowTile<THalf>
{
    private THalf _first;
    private THalf _second;

    /// <inheritdoc/>
    public static int Height => 2 * THalf.Height;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<THalf> MultiplyAdd(Pair<THalf> sums, in Octet factor, ArrayView<Packet> rows, long octet, int stride)
    {
        sums._first = THalf.MultiplyAdd(sums._first, factor, rows, octet, stride);
        sums._second = THalf.MultiplyAdd(sums._second, factor, rows, octet + THalf.Height * (long)stride, stride);
        return sums;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<THalf> Add(Pair<THalf> left, Pair<THalf> right)
    {
        left._first = THalf.Add(left._first, right._first);
        left._second = THalf.Add(left._second, right._second);
        return left;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ForEach<TReceiver>(Pair<THalf> sums, TReceiver receiver, int firstRow)
        where TReceiver : struct, IRowReceiver
    {
        THalf.ForEach(sums._first, receiver, firstRow);
        THalf.ForEach(sums._second, receiver, firstRow + THalf.Height);
    }
}
