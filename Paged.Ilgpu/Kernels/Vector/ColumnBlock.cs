using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Vector;

/// <summary>
/// The columns that one work item computes of a tile of rows, given to a kernel as a type parameter: <see cref="ColumnBlock{TTile}"/> for
/// sixteen, <see cref="WideColumnBlock{TTile}"/> for thirty-two. Few rows take the wide one: the more sums grow side by side, the less each
/// waits for its own last addition.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
public interface IColumnBlock<TSelf>
    where TSelf : struct, IColumnBlock<TSelf>
{
    /// <summary>Number of columns.</summary>
    static abstract int Columns { get; }

    /// <summary>Number of rows.</summary>
    static abstract int Height { get; }

    /// <summary>Adds the products of one word of each column with each row's elements.</summary>
    /// <param name="sums">The sums so far.</param>
    /// <param name="weights">Where the weights lie.</param>
    /// <param name="tile">The block's first tile of eight columns.</param>
    /// <param name="word">Which word of the columns.</param>
    /// <param name="input">[row, inputFeature].</param>
    /// <param name="element">Index of the first row's element that the word's first one meets.</param>
    /// <param name="stride">Elements from a row to the next.</param>
    static abstract TSelf MultiplyAdd<TWeight>(
        TSelf sums, WeightTiles weights, int tile, int word, ArrayView<float> input, long element, int stride)
        where TWeight : struct, IWeightElement;

    /// <summary>Adds two blocks, element by element.</summary>
    static abstract TSelf Add(TSelf left, TSelf right);

    /// <summary>Gives each row's sums to a receiver, sixteen columns at a time.</summary>
    static abstract void ForEach<TReceiver>(TSelf sums, TReceiver receiver, int firstRow, int firstColumn)
        where TReceiver : struct, IColumnReceiver;
}

/// <summary>A packed matrix, see <see cref="WordLayout"/>. Where a block reaches beyond the last tile, it reads that one again.</summary>
/// <param name="packets">The matrix.</param>
/// <param name="lastTile">The last tile of eight columns.</param>
/// <param name="octets">Octets of the input features.</param>
public readonly struct WeightTiles(ArrayView<Packet> packets, int lastTile, int octets)
{
    /// <summary>Reads the words of four neighbouring columns of a tile.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="word">Which word.</param>
    /// <param name="half">0 for the first four columns, 1 for the others.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Packet Load<TWeight>(int tile, int word, int half)
        where TWeight : struct, IWeightElement =>
        packets[WordLayout.FirstPacket<TWeight>(IntrinsicMath.Min(tile, lastTile), octets) + (long)word * WordLayout.PacketsPerWord + half];
}

/// <summary>Sixteen columns.</summary>
/// <typeparam name="TTile">The sums of the rows.</typeparam>
public struct ColumnBlock<TTile> : IColumnBlock<ColumnBlock<TTile>>
    where TTile : struct, IColumnTile<TTile>
{
    private TTile _sums;

    /// <inheritdoc/>
    public static int Columns => 2 * PackedLayout.ColumnsPerTile;

    /// <inheritdoc/>
    public static int Height => TTile.Height;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ColumnBlock<TTile> MultiplyAdd<TWeight>(
        ColumnBlock<TTile> sums, WeightTiles weights, int tile, int word, ArrayView<float> input, long element, int stride)
        where TWeight : struct, IWeightElement
    {
        Packet low0 = weights.Load<TWeight>(tile, word, 0);
        Packet low4 = weights.Load<TWeight>(tile, word, 1);
        Packet high0 = weights.Load<TWeight>(tile + 1, word, 0);
        Packet high4 = weights.Load<TWeight>(tile + 1, word, 1);
        if (WordLayout.InputsPerWord<TWeight>() > 2)
        {
            // Written out, so many operations in a row would be left as scalars.
            for (int index = 0; index < WordLayout.InputsPerWord<TWeight>(); index++)
            {
                sums._sums = TTile.MultiplyAdd(
                    sums._sums, WordLayout.Widen<TWeight>(low0, low4, index), WordLayout.Widen<TWeight>(high0, high4, index), input, element + index, stride);
            }

            return sums;
        }

        sums._sums = TTile.MultiplyAdd(
            sums._sums, WordLayout.Widen<TWeight>(low0, low4, 0), WordLayout.Widen<TWeight>(high0, high4, 0), input, element, stride);
        if (WordLayout.InputsPerWord<TWeight>() == 2)
        {
            sums._sums = TTile.MultiplyAdd(
                sums._sums, WordLayout.Widen<TWeight>(low0, low4, 1), WordLayout.Widen<TWeight>(high0, high4, 1), input, element + 1, stride);
        }

        return sums;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ColumnBlock<TTile> Add(ColumnBlock<TTile> left, ColumnBlock<TTile> right)
    {
        left._sums = TTile.Add(left._sums, right._sums);
        return left;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ForEach<TReceiver>(ColumnBlock<TTile> sums, TReceiver receiver, int firstRow, int firstColumn)
        where TReceiver : struct, IColumnReceiver => TTile.ForEach(sums._sums, receiver, firstRow, firstColumn);
}

/// <summary>Thirty-two columns.</summary>
/// <typeparam name="TTile">The sums of the rows.</typeparam>
public struct WideColumnBlock<TTile> : IColumnBlock<WideColumnBlock<TTile>>
    where TTile : struct, IColumnTile<TTile>
{
    private ColumnBlock<TTile> _first;
    private ColumnBlock<TTile> _second;

    /// <inheritdoc/>
    public static int Columns => 2 * ColumnBlock<TTile>.Columns;

    /// <inheritdoc/>
    public static int Height => TTile.Height;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideColumnBlock<TTile> MultiplyAdd<TWeight>(
        WideColumnBlock<TTile> sums, WeightTiles weights, int tile, int word, ArrayView<float> input, long element, int stride)
        where TWeight : struct, IWeightElement
    {
        sums._first = ColumnBlock<TTile>.MultiplyAdd<TWeight>(sums._first, weights, tile, word, input, element, stride);
        sums._second = ColumnBlock<TTile>.MultiplyAdd<TWeight>(sums._second, weights, tile + 2, word, input, element, stride);
        return sums;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideColumnBlock<TTile> Add(WideColumnBlock<TTile> left, WideColumnBlock<TTile> right)
    {
        left._first = ColumnBlock<TTile>.Add(left._first, right._first);
        left._second = ColumnBlock<TTile>.Add(left._second, right._second);
        return left;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ForEach<TReceiver>(WideColumnBlock<TTile> sums, TReceiver receiver, int firstRow, int firstColumn)
        where TReceiver : struct, IColumnReceiver
    {
        ColumnBlock<TTile>.ForEach(sums._first, receiver, firstRow, firstColumn);
        ColumnBlock<TTile>.ForEach(sums._second, receiver, firstRow, firstColumn + ColumnBlock<TTile>.Columns);
    }
}
