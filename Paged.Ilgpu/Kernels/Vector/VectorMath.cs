using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Vector;

/// <summary>What vectors of eight need that a compiler would not make of eight equal calls.</summary>
public static class VectorMath
{
    // Adding it leaves a whole number in the low bits of the mantissa.
    private const float RoundingMagic = 12_582_912; // 1.5 × 2^23

    private const float LowestExponent = -87;

    /// <summary>
    /// e^x for x up to 80, within two units of the last place; 0 below -87. Range reduction and polynomial are those of expf in Cephes
    /// (Moshier 1992); without a branch or a call, so that eight of them become vector instructions.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exp(float x)
    {
        float shifted = Fused.MultiplyAdd(x, 1.44269504f, RoundingMagic);
        float power = shifted - RoundingMagic;
        float rest = Fused.MultiplyAdd(power, -0.693359375f, x);
        rest = Fused.MultiplyAdd(power, 2.12194440e-4f, rest);
        float polynomial = Fused.MultiplyAdd(1.9875691500e-4f, rest, 1.3981999507e-3f);
        polynomial = Fused.MultiplyAdd(polynomial, rest, 8.3334519073e-3f);
        polynomial = Fused.MultiplyAdd(polynomial, rest, 4.1665795894e-2f);
        polynomial = Fused.MultiplyAdd(polynomial, rest, 1.6666665459e-1f);
        polynomial = Fused.MultiplyAdd(polynomial, rest, 5.0000001201e-1f);
        float mantissa = Fused.MultiplyAdd(polynomial, rest * rest, rest) + 1;
        float scale = Interop.IntAsFloat((Interop.FloatAsInt(shifted) << 23) + 0x3f800000u);
        return x < LowestExponent ? 0 : mantissa * scale;
    }

    /// <summary>e to the power of each element less a number, see <see cref="Exp(float)"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet ExpOfDifference(in Octet octet, float subtrahend)
    {
        Octet result;
        result.E0 = Exp(octet.E0 - subtrahend);
        result.E1 = Exp(octet.E1 - subtrahend);
        result.E2 = Exp(octet.E2 - subtrahend);
        result.E3 = Exp(octet.E3 - subtrahend);
        result.E4 = Exp(octet.E4 - subtrahend);
        result.E5 = Exp(octet.E5 - subtrahend);
        result.E6 = Exp(octet.E6 - subtrahend);
        result.E7 = Exp(octet.E7 - subtrahend);
        return result;
    }

    /// <summary>The product of two octets, added to an octet of sums, each element rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet MultiplyAdd(in Octet sums, in Octet left, in Octet right)
    {
        Octet result;
        result.E0 = Fused.MultiplyAdd(left.E0, right.E0, sums.E0);
        result.E1 = Fused.MultiplyAdd(left.E1, right.E1, sums.E1);
        result.E2 = Fused.MultiplyAdd(left.E2, right.E2, sums.E2);
        result.E3 = Fused.MultiplyAdd(left.E3, right.E3, sums.E3);
        result.E4 = Fused.MultiplyAdd(left.E4, right.E4, sums.E4);
        result.E5 = Fused.MultiplyAdd(left.E5, right.E5, sums.E5);
        result.E6 = Fused.MultiplyAdd(left.E6, right.E6, sums.E6);
        result.E7 = Fused.MultiplyAdd(left.E7, right.E7, sums.E7);
        return result;
    }

    /// <summary>The larger of each two elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet Max(in Octet left, in Octet right)
    {
        Octet result;
        result.E0 = left.E0 > right.E0 ? left.E0 : right.E0;
        result.E1 = left.E1 > right.E1 ? left.E1 : right.E1;
        result.E2 = left.E2 > right.E2 ? left.E2 : right.E2;
        result.E3 = left.E3 > right.E3 ? left.E3 : right.E3;
        result.E4 = left.E4 > right.E4 ? left.E4 : right.E4;
        result.E5 = left.E5 > right.E5 ? left.E5 : right.E5;
        result.E6 = left.E6 > right.E6 ? left.E6 : right.E6;
        result.E7 = left.E7 > right.E7 ? left.E7 : right.E7;
        return result;
    }

    /// <summary>Eight times the same number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet Fill(float value)
    {
        Octet result;
        result.E0 = value;
        result.E1 = value;
        result.E2 = value;
        result.E3 = value;
        result.E4 = value;
        result.E5 = value;
        result.E6 = value;
        result.E7 = value;
        return result;
    }

    /// <summary>A number and the seven after it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet CountFrom(float first)
    {
        Octet result;
        result.E0 = first + 0;
        result.E1 = first + 1;
        result.E2 = first + 2;
        result.E3 = first + 3;
        result.E4 = first + 4;
        result.E5 = first + 5;
        result.E6 = first + 6;
        result.E7 = first + 7;
        return result;
    }

    /// <summary>Of each two choices the first where an element of left is greater than that of right.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet WhereGreater(in Octet left, in Octet right, in Octet then, in Octet otherwise)
    {
        Octet result;
        result.E0 = left.E0 > right.E0 ? then.E0 : otherwise.E0;
        result.E1 = left.E1 > right.E1 ? then.E1 : otherwise.E1;
        result.E2 = left.E2 > right.E2 ? then.E2 : otherwise.E2;
        result.E3 = left.E3 > right.E3 ? then.E3 : otherwise.E3;
        result.E4 = left.E4 > right.E4 ? then.E4 : otherwise.E4;
        result.E5 = left.E5 > right.E5 ? then.E5 : otherwise.E5;
        result.E6 = left.E6 > right.E6 ? then.E6 : otherwise.E6;
        result.E7 = left.E7 > right.E7 ? then.E7 : otherwise.E7;
        return result;
    }

    /// <summary>Of each two choices the first where an element is not a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet WhereNaN(in Octet octet, in Octet then, in Octet otherwise)
    {
        Octet result;
        result.E0 = float.IsNaN(octet.E0) ? then.E0 : otherwise.E0;
        result.E1 = float.IsNaN(octet.E1) ? then.E1 : otherwise.E1;
        result.E2 = float.IsNaN(octet.E2) ? then.E2 : otherwise.E2;
        result.E3 = float.IsNaN(octet.E3) ? then.E3 : otherwise.E3;
        result.E4 = float.IsNaN(octet.E4) ? then.E4 : otherwise.E4;
        result.E5 = float.IsNaN(octet.E5) ? then.E5 : otherwise.E5;
        result.E6 = float.IsNaN(octet.E6) ? then.E6 : otherwise.E6;
        result.E7 = float.IsNaN(octet.E7) ? then.E7 : otherwise.E7;
        return result;
    }

    /// <summary>The largest element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(in Octet octet) => IntrinsicMath.Max(
        IntrinsicMath.Max(IntrinsicMath.Max(octet.E0, octet.E4), IntrinsicMath.Max(octet.E2, octet.E6)),
        IntrinsicMath.Max(IntrinsicMath.Max(octet.E1, octet.E5), IntrinsicMath.Max(octet.E3, octet.E7)));

    /// <summary>The sum of the elements, in one fixed order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(in Octet octet) =>
        ((octet.E0 + octet.E4) + (octet.E2 + octet.E6)) + ((octet.E1 + octet.E5) + (octet.E3 + octet.E7));

    /// <summary>Reads eight neighbouring elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet Load(ArrayView<float> elements, long first)
    {
        Octet result;
        result.E0 = elements[first];
        result.E1 = elements[first + 1];
        result.E2 = elements[first + 2];
        result.E3 = elements[first + 3];
        result.E4 = elements[first + 4];
        result.E5 = elements[first + 5];
        result.E6 = elements[first + 6];
        result.E7 = elements[first + 7];
        return result;
    }

    /// <summary>Writes eight neighbouring elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ArrayView<float> elements, long first, in Octet octet)
    {
        elements[first] = octet.E0;
        elements[first + 1] = octet.E1;
        elements[first + 2] = octet.E2;
        elements[first + 3] = octet.E3;
        elements[first + 4] = octet.E4;
        elements[first + 5] = octet.E5;
        elements[first + 6] = octet.E6;
        elements[first + 7] = octet.E7;
    }

    /// <summary>Reads and widens an octet element by element, which becomes one load and one conversion of a vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet LoadElements<TElement>(ArrayView<Packet> packets, long octet)
        where TElement : struct, IElement
    {
        long first = octet * Octet.Length;
        Octet result;
        result.E0 = TElement.LoadElement(packets, first);
        result.E1 = TElement.LoadElement(packets, first + 1);
        result.E2 = TElement.LoadElement(packets, first + 2);
        result.E3 = TElement.LoadElement(packets, first + 3);
        result.E4 = TElement.LoadElement(packets, first + 4);
        result.E5 = TElement.LoadElement(packets, first + 5);
        result.E6 = TElement.LoadElement(packets, first + 6);
        result.E7 = TElement.LoadElement(packets, first + 7);
        return result;
    }
}
