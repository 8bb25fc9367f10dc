using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Vector;

/// <summary>
/// The softmax of a row that is walked partition by partition (Dao et al. 2022, section 3.1): its state is the maximum and the sum so far and
/// the factors of what was and of what came in the last merge.
/// </summary>
internal static class Softmax
{
    /// <summary>Floats of a row's state.</summary>
    public const int StateSize = 4;

    private const int MaximumAt = 0;
    private const int SumAt = 1;
    private const int OldFactorAt = 2;
    private const int NewFactorAt = 3;

    /// <summary>Turns a partition's scores into probabilities relative to its own maximum, rounded, and takes it into the state.</summary>
    /// <param name="memory">Where scores and state lie.</param>
    /// <param name="scores">The first score; there is room for whole octets.</param>
    /// <param name="visible">How many scores count, at least one.</param>
    /// <param name="state">The row's state.</param>
    /// <param name="isFirst">Whether this is the row's first partition.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Advance<TKeyValue>(ArrayView<float> memory, int scores, int visible, int state, bool isFirst)
        where TKeyValue : struct, IElement
    {
        int end = (visible + Octet.Length - 1) / Octet.Length * Octet.Length;
        for (int position = visible; position < end; position++)
            memory[scores + position] = float.NegativeInfinity;

        Octet maxima = VectorMath.Load(memory, scores);
        for (int position = Octet.Length; position < end; position += Octet.Length)
            maxima = VectorMath.Max(maxima, VectorMath.Load(memory, scores + position));
        float maximum = VectorMath.Max(maxima);

        Octet sums = default;
        for (int position = 0; position < end; position += Octet.Length)
        {
            Octet probabilities = VectorMath.ExpOfDifference(VectorMath.Load(memory, scores + position), maximum);
            sums = Octet.Add(sums, probabilities);
            VectorMath.Store(memory, scores + position, Octet.Round<TKeyValue>(probabilities));
        }

        Take(memory, state, maximum, VectorMath.Sum(sums), isFirst);
    }

    /// <summary>Merges an octet of a partition's result with what was before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Merge(ArrayView<float> memory, int result, in Octet sums, int state, bool isFirst)
    {
        if (isFirst)
        {
            VectorMath.Store(memory, result, sums);
            return;
        }

        Octet before = VectorMath.Load(memory, result);
        Octet merged = memory[state + NewFactorAt] == 1
            ? Octet.FusedMultiplyAdd(sums, memory[state + OldFactorAt], before)
            : Octet.FusedMultiplyAdd(before, memory[state + NewFactorAt], sums);
        VectorMath.Store(memory, result, merged);
    }

    /// <summary>What a row's result is divided by in the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(ArrayView<float> memory, int state) => memory[state + SumAt];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Take(ArrayView<float> memory, int state, float maximum, float sum, bool isFirst)
    {
        float newFactor = 1;
        if (!isFirst)
        {
            float maximumBefore = memory[state + MaximumAt];
            float sumBefore = memory[state + SumAt];
            if (maximum >= maximumBefore)
            {
                float oldFactor = VectorMath.Exp(maximumBefore - maximum);
                sum = Fused.MultiplyAdd(sumBefore, oldFactor, sum);
                memory[state + OldFactorAt] = oldFactor;
            }
            else
            {
                newFactor = VectorMath.Exp(maximum - maximumBefore);
                sum = Fused.MultiplyAdd(sum, newFactor, sumBefore);
                maximum = maximumBefore;
                memory[state + OldFactorAt] = 1;
            }
        }

        memory[state + MaximumAt] = maximum;
        memory[state + SumAt] = sum;
        memory[state + NewFactorAt] = newFactor;
    }
}
