using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Vector;

/// <summary>
/// The sums of sixteen neighbouring columns of several rows, which one work item keeps in vector registers: given to a kernel as a type
/// parameter, <see cref="ColumnRow"/> for one row, <c>ColumnRows&lt;ColumnRow&gt;</c> for two, and so on. Each element is summed by the
/// same expression at every height. A compiler for CPUs makes a vector instruction of the eight equal operations of an octet.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
public interface IColumnTile<TSelf>
    where TSelf : struct, IColumnTile<TSelf>
{
    /// <summary>Number of rows.</summary>
    static abstract int Height { get; }

    /// <summary>Adds to each row's sums the product of its element with one input feature of all columns.</summary>
    /// <param name="sums">The sums so far.</param>
    /// <param name="low">The weights of the first eight columns.</param>
    /// <param name="high">The weights of the other eight.</param>
    /// <param name="input">[row, inputFeature].</param>
    /// <param name="element">Index of the tile's first row's element.</param>
    /// <param name="stride">Elements from a row to the next.</param>
    static abstract TSelf MultiplyAdd(TSelf sums, in Octet low, in Octet high, ArrayView<float> input, long element, int stride);

    /// <summary>Adds two tiles, element by element.</summary>
    static abstract TSelf Add(TSelf left, TSelf right);

    /// <summary>Gives each row's sums to a receiver, the first row first.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="receiver">Receives a row's number, its first column's, and its sums.</param>
    /// <param name="firstRow">The number of the tile's first row.</param>
    /// <param name="firstColumn">The number of its first column.</param>
    static abstract void ForEach<TReceiver>(TSelf sums, TReceiver receiver, int firstRow, int firstColumn)
        where TReceiver : struct, IColumnReceiver;
}

/// <summary>Takes the finished sums of a tile.</summary>
public interface IColumnReceiver
{
    /// <summary>Takes the sums of one row: those of eight columns from one on, and those of the next eight.</summary>
    void Receive(int row, int column, in Octet low, in Octet high);
}

/// <summary>A tile of one row.</summary>
public struct ColumnRow : IColumnTile<ColumnRow>
{
    private Octet _low;
    private Octet _high;

    /// <inheritdoc/>
    public static int Height => 1;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ColumnRow MultiplyAdd(ColumnRow sums, in Octet low, in Octet high, ArrayView<float> input, long element, int stride)
    {
        float factor = input[element];
        sums._low = Octet.FusedMultiplyAdd(sums._low, factor, low);
        sums._high = Octet.FusedMultiplyAdd(sums._high, factor, high);
        return sums;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ColumnRow Add(ColumnRow left, ColumnRow right)
    {
        left._low = Octet.Add(left._low, right._low);
        left._high = Octet.Add(left._high, right._high);
        return left;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ForEach<TReceiver>(ColumnRow sums, TReceiver receiver, int firstRow, int firstColumn)
        where TReceiver : struct, IColumnReceiver => receiver.Receive(firstRow, firstColumn, sums._low, sums._high);
}

/// <summary>A tile of twice as many rows.</summary>
/// <typeparam name="THalf">The tile of half the rows.</typeparam>
public struct ColumnRows<THalf> : IColumnTile<ColumnRows<THalf>>
    where THalf : struct, IColumnTile<THalf>
{
    private THalf _first;
    private THalf _second;

    /// <inheritdoc/>
    public static int Height => 2 * THalf.Height;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ColumnRows<THalf> MultiplyAdd(
        ColumnRows<THalf> sums, in Octet low, in Octet high, ArrayView<float> input, long element, int stride)
    {
        sums._first = THalf.MultiplyAdd(sums._first, low, high, input, element, stride);
        sums._second = THalf.MultiplyAdd(sums._second, low, high, input, element + (long)THalf.Height * stride, stride);
        return sums;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ColumnRows<THalf> Add(ColumnRows<THalf> left, ColumnRows<THalf> right)
    {
        left._first = THalf.Add(left._first, right._first);
        left._second = THalf.Add(left._second, right._second);
        return left;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ForEach<TReceiver>(ColumnRows<THalf> sums, TReceiver receiver, int firstRow, int firstColumn)
        where TReceiver : struct, IColumnReceiver
    {
        THalf.ForEach(sums._first, receiver, firstRow, firstColumn);
        THalf.ForEach(sums._second, receiver, firstRow + THalf.Height, firstColumn);
    }
}
