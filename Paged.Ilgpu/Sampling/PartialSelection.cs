using System.Numerics;

namespace Paged.Ilgpu.Sampling;

/// <summary>
/// The least of the largest values, without sorting them (Hoare 1961, Find): in time that on average grows with their number and no faster,
/// however many are equal. The values are put into another order.
/// </summary>
internal static class PartialSelection
{
    private const uint FirstPlace = 2463534242; // any but zero

    /// <summary>The least of the so many largest values.</summary>
    /// <param name="values">As many or more, none of them NaN.</param>
    /// <param name="count">At least 1.</param>
    /// <returns>The value, and how many that equal it are among the largest.</returns>
    public static (float Least, int EqualOnes) LeastOf(Span<float> values, int count) => LeastOf(values, count, out _);

    /// <summary>The same, and how many values were looked at, each as often as it was, for tests.</summary>
    internal static (float Least, int EqualOnes) LeastOf(Span<float> values, int count, out long looks)
    {
        looks = 0;
        int low = 0; // those before it are among the largest
        int high = values.Length; // those from it on are not
        uint place = FirstPlace;
        while (true)
        {
            looks += high - low;
            float pivot = MiddleOfThree(values[low..high], ref place);
            int equal = low + BringForward(values[low..high], pivot);
            if (equal >= count)
            {
                high = equal;
                continue;
            }

            int less = equal + BringForward(values[equal..high], MathF.BitDecrement(pivot));
            if (less >= count)
                return (pivot, count - equal);
            low = less;
        }
    }

    /// <summary>The least of the fewest largest values that have a sum.</summary>
    /// <param name="values">At least one, none below 0.</param>
    /// <param name="sum">Above 0, at most the sum of all but for rounding.</param>
    /// <returns>The value, and how many that equal it are needed.</returns>
    public static (double Least, int EqualOnes) LeastReaching(Span<double> values, double sum) => LeastReaching(values, sum, out _);

    /// <summary>The same, and how many values were looked at, each as often as it was, for tests.</summary>
    internal static (double Least, int EqualOnes) LeastReaching(Span<double> values, double sum, out long looks)
    {
        looks = 0;
        int low = 0; // those before it are needed, and have the sum passed
        int high = values.Length; // those from it on are not
        double passed = 0;
        uint place = FirstPlace;
        while (true)
        {
            looks += high - low;
            double pivot = MiddleOfThree(values[low..high], ref place);
            int equal = low + BringForward(values[low..high], pivot);
            double above = passed + Candidates.Sum(values[low..equal]);
            if (above >= sum && equal > low)
            {
                high = equal;
                continue;
            }

            int less = equal + BringForward(values[equal..high], Math.BitDecrement(pivot));
            double reached = above + pivot * (less - equal);
            if (reached >= sum || less == high)
                return (pivot, (int)Math.Clamp(Math.Ceiling((sum - above) / pivot), 1, less - equal));
            passed = reached;
            low = less;
        }
    }

    // Brings the values above a bound to the front, and counts them. They change places even where they need not: which way a branch would
    // go here, no processor can tell beforehand.
    private static int BringForward<T>(Span<T> values, T bound)
        where T : IComparisonOperators<T, T, bool>
    {
        int count = 0;
        for (int i = 0; i < values.Length; i++)
        {
            T value = values[i];
            values[i] = values[count];
            values[count] = value;
            count += value > bound ? 1 : 0;
        }

        return count;
    }

    // At places that have nothing to do with the values' order: of rising ones, which partitions bring into another order that is as regular, the first, the middle and
    // the last were all small time and again, and a million of them took 16 seconds. Always the same places, so that results are, too.
    private static T MiddleOfThree<T>(ReadOnlySpan<T> values, ref uint place)
        where T : INumber<T>
    {
        T first = Pick(values, ref place);
        T second = Pick(values, ref place);
        T third = Pick(values, ref place);
        return T.Max(T.Min(first, second), T.Min(T.Max(first, second), third));
    }

    // Xorshift (Marsaglia 2003).
    private static T Pick<T>(ReadOnlySpan<T> values, ref uint place)
    {
        place ^= place << 13;
        place ^= place >> 17;
        place ^= place << 5;
        return values[(int)((ulong)place * (uint)values.Length >> 32)];
    }
}
