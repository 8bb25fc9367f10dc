using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Vector;

/// <summary>
/// An octet of sums for each of several rows, which one work item keeps in vector registers: given to a kernel as a type parameter,
/// <see cref="OctetRow"/> for one row, <c>OctetRows&lt;OctetRow&gt;</c> for two, and so on. Each row is summed by the same expressions at
/// every height.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
public interface IOctetTile<TSelf>
    where TSelf : struct, IOctetTile<TSelf>
{
    /// <summary>Number of rows.</summary>
    static abstract int Height { get; }

    /// <summary>Adds to each row's sums its own octet times an octet that all rows share, element by element.</summary>
    /// <param name="sums">The sums so far.</param>
    /// <param name="shared">The shared octet.</param>
    /// <param name="rows">[row, element].</param>
    /// <param name="first">Index of the first element of the first row's octet.</param>
    /// <param name="stride">Elements from a row to the next.</param>
    static abstract TSelf MultiplyAddOctets(TSelf sums, in Octet shared, ArrayView<float> rows, long first, int stride);

    /// <summary>Adds to each row's sums a number of its own times an octet that all rows share.</summary>
    /// <param name="sums">The sums so far.</param>
    /// <param name="shared">The shared octet.</param>
    /// <param name="factors">[row, element].</param>
    /// <param name="first">Index of the first row's number.</param>
    /// <param name="stride">Elements from a row's number to the next row's.</param>
    static abstract TSelf MultiplyAddFactors(TSelf sums, in Octet shared, ArrayView<float> factors, long first, int stride);

    /// <summary>Writes each row's octet, which keeps it a vector, and the sum of the octet, scaled.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="memory">Where both go.</param>
    /// <param name="octets">Index of the first row's octet; those of the others follow it.</param>
    /// <param name="first">Index of the first row's sum.</param>
    /// <param name="stride">Elements from a row's sum to the next row's.</param>
    /// <param name="scale">What a sum is multiplied with.</param>
    static abstract void StoreSums(TSelf sums, ArrayView<float> memory, int octets, int first, int stride, float scale);

    /// <summary>Writes each row's octet.</summary>
    static abstract void StoreOctets(TSelf sums, ArrayView<float> target, long first, int stride);
}

/// <summary>A tile of one row.</summary>
public struct OctetRow : IOctetTile<OctetRow>
{
    private Octet _sums;

    /// <inheritdoc/>
    public static int Height => 1;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OctetRow MultiplyAddOctets(OctetRow sums, in Octet shared, ArrayView<float> rows, long first, int stride)
    {
        sums._sums = VectorMath.MultiplyAdd(sums._sums, shared, VectorMath.Load(rows, first));
        return sums;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OctetRow MultiplyAddFactors(OctetRow sums, in Octet shared, ArrayView<float> factors, long first, int stride)
    {
        sums._sums = Octet.FusedMultiplyAdd(sums._sums, factors[first], shared);
        return sums;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSums(OctetRow sums, ArrayView<float> memory, int octets, int first, int stride, float scale)
    {
        VectorMath.Store(memory, octets, sums._sums);
        memory[first] = VectorMath.Sum(sums._sums) * scale;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreOctets(OctetRow sums, ArrayView<float> target, long first, int stride) =>
        VectorMath.Store(target, first, sums._sums);
}

/// <summary>A tile of twice as many rows.</summary>
/// <typeparam name="THalf">The tile of half the rows.</typeparam>
public struct OctetRows<THalf> : IOctetTile<OctetRows<THalf>>
    where THalf : struct, IOctetTile<THalf>
{
    private THalf _first;
    private THalf _second;

    /// <inheritdoc/>
    public static int Height => 2 * THalf.Height;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OctetRows<THalf> MultiplyAddOctets(OctetRows<THalf> sums, in Octet shared, ArrayView<float> rows, long first, int stride)
    {
        sums._first = THalf.MultiplyAddOctets(sums._first, shared, rows, first, stride);
        sums._second = THalf.MultiplyAddOctets(sums._second, shared, rows, first + THalf.Height * stride, stride);
        return sums;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OctetRows<THalf> MultiplyAddFactors(OctetRows<THalf> sums, in Octet shared, ArrayView<float> factors, long first, int stride)
    {
        sums._first = THalf.MultiplyAddFactors(sums._first, shared, factors, first, stride);
        sums._second = THalf.MultiplyAddFactors(sums._second, shared, factors, first + THalf.Height * stride, stride);
        return sums;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSums(OctetRows<THalf> sums, ArrayView<float> memory, int octets, int first, int stride, float scale)
    {
        THalf.StoreSums(sums._first, memory, octets, first, stride, scale);
        THalf.StoreSums(sums._second, memory, octets + THalf.Height * Octet.Length, first + THalf.Height * stride, stride, scale);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreOctets(OctetRows<THalf> sums, ArrayView<float> target, long first, int stride)
    {
        THalf.StoreOctets(sums._first, target, first, stride);
        THalf.StoreOctets(sums._second, target, first + THalf.Height * stride, stride);
    }
}
