using System.Runtime.CompilerServices;
using Paged.Ilgpu.Kernels.Vector;

namespace Paged.Ilgpu.Kernels;

/// <summary>
/// Eight neighbouring elements, widened to float32: the unit in which kernels walk rows. Buffers are padded with zeros to whole
/// octets, so that no kernel has a loop for what is left over.
/// </summary>
public struct Octet
{
    /// <summary>Elements of an octet.</summary>
    public const int Length = 8;

    /// <summary>Element 0.</summary>
    public float E0;

    /// <summary>Element 1.</summary>
    public float E1;

    /// <summary>Element 2.</summary>
    public float E2;

    /// <summary>Element 3.</summary>
    public float E3;

    /// <summary>Element 4.</summary>
    public float E4;

    /// <summary>Element 5.</summary>
    public float E5;

    /// <summary>Element 6.</summary>
    public float E6;

    /// <summary>Element 7.</summary>
    public float E7;

    /// <summary>Octets needed for a row of elements.</summary>
    public static int CountFor(int elements) => (elements + Length - 1) / Length;

    /// <summary>Adds the eight products to a sum one after the other: the only place where a dot product is summed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MultiplyAdd(float sum, in Octet left, in Octet right)
    {
        sum += left.E0 * right.E0;
        sum += left.E1 * right.E1;
        sum += left.E2 * right.E2;
        sum += left.E3 * right.E3;
        sum += left.E4 * right.E4;
        sum += left.E5 * right.E5;
        sum += left.E6 * right.E6;
        sum += left.E7 * right.E7;
        return sum;
    }

    /// <summary>Adds a multiple of an octet to an octet of sums, element by element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet MultiplyAdd(in Octet sums, float factor, in Octet octet)
    {
        Octet result;
        result.E0 = sums.E0 + factor * octet.E0;
        result.E1 = sums.E1 + factor * octet.E1;
        result.E2 = sums.E2 + factor * octet.E2;
        result.E3 = sums.E3 + factor * octet.E3;
        result.E4 = sums.E4 + factor * octet.E4;
        result.E5 = sums.E5 + factor * octet.E5;
        result.E6 = sums.E6 + factor * octet.E6;
        result.E7 = sums.E7 + factor * octet.E7;
        return result;
    }

    /// <summary>As <see cref="MultiplyAdd(in Octet, float, in Octet)"/>, each product and addition rounded once, see <see cref="Vector.Fused"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet FusedMultiplyAdd(in Octet sums, float factor, in Octet octet)
    {
        Octet result;
        result.E0 = Fused.MultiplyAdd(factor, octet.E0, sums.E0);
        result.E1 = Fused.MultiplyAdd(factor, octet.E1, sums.E1);
        result.E2 = Fused.MultiplyAdd(factor, octet.E2, sums.E2);
        result.E3 = Fused.MultiplyAdd(factor, octet.E3, sums.E3);
        result.E4 = Fused.MultiplyAdd(factor, octet.E4, sums.E4);
        result.E5 = Fused.MultiplyAdd(factor, octet.E5, sums.E5);
        result.E6 = Fused.MultiplyAdd(factor, octet.E6, sums.E6);
        result.E7 = Fused.MultiplyAdd(factor, octet.E7, sums.E7);
        return result;
    }

    /// <summary>Adds two octets, element by element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet Add(in Octet left, in Octet right)
    {
        Octet result;
        result.E0 = left.E0 + right.E0;
        result.E1 = left.E1 + right.E1;
        result.E2 = left.E2 + right.E2;
        result.E3 = left.E3 + right.E3;
        result.E4 = left.E4 + right.E4;
        result.E5 = left.E5 + right.E5;
        result.E6 = left.E6 + right.E6;
        result.E7 = left.E7 + right.E7;
        return result;
    }

    /// <summary>The products of two octets, element by element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet Multiply(in Octet left, in Octet right)
    {
        Octet result;
        result.E0 = left.E0 * right.E0;
        result.E1 = left.E1 * right.E1;
        result.E2 = left.E2 * right.E2;
        result.E3 = left.E3 * right.E3;
        result.E4 = left.E4 * right.E4;
        result.E5 = left.E5 * right.E5;
        result.E6 = left.E6 * right.E6;
        result.E7 = left.E7 * right.E7;
        return result;
    }

    /// <summary>An octet scaled by a factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet Scale(in Octet octet, float factor)
    {
        Octet result;
        result.E0 = octet.E0 * factor;
        result.E1 = octet.E1 * factor;
        result.E2 = octet.E2 * factor;
        result.E3 = octet.E3 * factor;
        result.E4 = octet.E4 * factor;
        result.E5 = octet.E5 * factor;
        result.E6 = octet.E6 * factor;
        result.E7 = octet.E7 * factor;
        return result;
    }

    /// <summary>An octet rounded to an element type, element by element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet Round<TElement>(in Octet octet)
        where TElement : struct, IElement
    {
        Octet result;
        result.E0 = TElement.Round(octet.E0);
        result.E1 = TElement.Round(octet.E1);
        result.E2 = TElement.Round(octet.E2);
        result.E3 = TElement.Round(octet.E3);
        result.E4 = TElement.Round(octet.E4);
        result.E5 = TElement.Round(octet.E5);
        result.E6 = TElement.Round(octet.E6);
        result.E7 = TElement.Round(octet.E7);
        return result;
    }
}
