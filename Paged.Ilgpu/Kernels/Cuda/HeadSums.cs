using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>Two octets, what one transposed load brings.</summary>
public struct OctetPair : IHeadSums<OctetPair>
{
    private MatrixSums _first;
    private MatrixSums _second;

    /// <inheritdoc/>
    public static int Octets => 2;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OctetPair MultiplyAdd<TUnit, TMemory>(
        OctetPair sums, uint a0, uint a1, uint a2, uint a3, StagedPackets staged, int values, ArrayView<uint> exchange)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
    {
        Packet packet = TMemory.LoadTransposed(staged, values);
        sums._first = TUnit.MultiplyAdd(sums._first, a0, a1, a2, a3, packet.Word0, packet.Word1, exchange);
        sums._second = TUnit.MultiplyAdd(sums._second, a0, a1, a2, a3, packet.Word2, packet.Word3, exchange);
        return sums;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OctetPair Merge(OctetPair before, OctetPair partition, RowMerge merge)
    {
        before._first = MergeOctet(before._first, partition._first, merge);
        before._second = MergeOctet(before._second, partition._second, merge);
        return before;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(OctetPair sums, int half, ArrayView<FloatPair> target, long first)
    {
        target[first] = RowOf(sums._first, half);
        target[first + Octet.Length / 2] = RowOf(sums._second, half);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OctetPair Load(ArrayView<FloatPair> source, long first, long second)
    {
        OctetPair sums;
        sums._first = LoadOctet(source, first, second);
        sums._second = LoadOctet(source, first + Octet.Length / 2, second + Octet.Length / 2);
        return sums;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish<TElement>(OctetPair sums, int half, float factor, ArrayView<Packet> output, long first, int count)
        where TElement : struct, IElement
    {
        FinishOctet<TElement>(RowOf(sums._first, half), factor, output, first, count);
        FinishOctet<TElement>(RowOf(sums._second, half), factor, output, first + Octet.Length, count - Octet.Length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static MatrixSums MergeOctet(MatrixSums before, MatrixSums partition, RowMerge merge)
    {
        MatrixSums sums;
        sums.E0 = RowMerge.Sum(before.E0, partition.E0, merge.IsLarger0, merge.Factor0);
        sums.E1 = RowMerge.Sum(before.E1, partition.E1, merge.IsLarger0, merge.Factor0);
        sums.E2 = RowMerge.Sum(before.E2, partition.E2, merge.IsLarger1, merge.Factor1);
        sums.E3 = RowMerge.Sum(before.E3, partition.E3, merge.IsLarger1, merge.Factor1);
        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FloatPair RowOf(MatrixSums sums, int half) =>
        half == 0 ? new FloatPair(sums.E0, sums.E1) : new FloatPair(sums.E2, sums.E3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static MatrixSums LoadOctet(ArrayView<FloatPair> source, long first, long second)
    {
        FloatPair upper = source[first];
        FloatPair lower = source[second];
        MatrixSums sums;
        sums.E0 = upper.First;
        sums.E1 = upper.Second;
        sums.E2 = lower.First;
        sums.E3 = lower.Second;
        return sums;
    }

    // A head's elements are even in number, so both of a pair are there or none.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FinishOctet<TElement>(FloatPair sums, float factor, ArrayView<Packet> output, long first, int count)
        where TElement : struct, IElement
    {
        if (count <= 0)
            return;
        TElement.StoreElement(output, first, sums.First * factor);
        TElement.StoreElement(output, first + 1, sums.Second * factor);
    }
}

/// <summary>The octets of one type and, behind them, those of another.</summary>
/// <typeparam name="TFirst">The first octets.</typeparam>
/// <typeparam name="TSecond">The others.</typeparam>
public struct JoinedOctets<TFirst, TSecond> : IHeadSums<JoinedOctets<TFirst, TSecond>>
    where TFirst : struct, IHeadSums<TFirst>
    where TSecond : struct, IHeadSums<TSecond>
{
    private TFirst _first;
    private TSecond _second;

    /// <inheritdoc/>
    public static int Octets => TFirst.Octets + TSecond.Octets;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static JoinedOctets<TFirst, TSecond> MultiplyAdd<TUnit, TMemory>(
        JoinedOctets<TFirst, TSecond> sums, uint a0, uint a1, uint a2, uint a3, StagedPackets staged, int values, ArrayView<uint> exchange)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
    {
        sums._first = TFirst.MultiplyAdd<TUnit, TMemory>(sums._first, a0, a1, a2, a3, staged, values, exchange);
        sums._second = TSecond.MultiplyAdd<TUnit, TMemory>(sums._second, a0, a1, a2, a3, staged, values + TFirst.Octets, exchange);
        return sums;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static JoinedOctets<TFirst, TSecond> Merge(
        JoinedOctets<TFirst, TSecond> before, JoinedOctets<TFirst, TSecond> partition, RowMerge merge)
    {
        before._first = TFirst.Merge(before._first, partition._first, merge);
        before._second = TSecond.Merge(before._second, partition._second, merge);
        return before;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(JoinedOctets<TFirst, TSecond> sums, int half, ArrayView<FloatPair> target, long first)
    {
        TFirst.Store(sums._first, half, target, first);
        TSecond.Store(sums._second, half, target, first + TFirst.Octets * (Octet.Length / 2));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static JoinedOctets<TFirst, TSecond> Load(ArrayView<FloatPair> source, long first, long second)
    {
        const int PairsOfOctet = Octet.Length / 2;
        JoinedOctets<TFirst, TSecond> sums;
        sums._first = TFirst.Load(source, first, second);
        sums._second = TSecond.Load(source, first + TFirst.Octets * PairsOfOctet, second + TFirst.Octets * PairsOfOctet);
        return sums;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish<TElement>(
        JoinedOctets<TFirst, TSecond> sums, int half, float factor, ArrayView<Packet> output, long first, int count)
        where TElement : struct, IElement
    {
        TFirst.Finish<TElement>(sums._first, half, factor, output, first, count);
        TSecond.Finish<TElement>(
            sums._second, half, factor, output, first + TFirst.Octets * Octet.Length, count - TFirst.Octets * Octet.Length);
    }
}
