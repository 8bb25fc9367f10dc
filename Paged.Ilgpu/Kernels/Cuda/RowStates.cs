using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Util;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>The softmax of a lane's two rows, l / 4 and l / 4 + 8 of its warp's tile: of one partition, or of all so far.</summary>
public struct RowStates
{
    /// <summary>Below every score, and finite: less itself it is zero, where an infinity would be no number.</summary>
    public const float NoMaximum = -1e30f;

    /// <summary>Largest product of query and key of the first row.</summary>
    public float Maximum0;

    /// <summary>The same of the second row.</summary>
    public float Maximum1;

    /// <summary>Sum of the first row's probabilities, relative to its maximum.</summary>
    public float Sum0;

    /// <summary>The same of the second row.</summary>
    public float Sum1;

    /// <summary>The rows before the first partition.</summary>
    public static RowStates None
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            RowStates result;
            result.Maximum0 = NoMaximum;
            result.Maximum1 = NoMaximum;
            result.Sum0 = 0;
            result.Sum1 = 0;
            return result;
        }
    }

    /// <summary>The rows of what was before and of a partition.</summary>
    /// <param name="before">What was before.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="merge">How both are merged, see <see cref="RowMerge.Of{TUnit}"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowStates Merge(RowStates before, RowStates partition, RowMerge merge)
    {
        RowStates result;
        result.Maximum0 = IntrinsicMath.Max(before.Maximum0, partition.Maximum0);
        result.Maximum1 = IntrinsicMath.Max(before.Maximum1, partition.Maximum1);
        result.Sum0 = RowMerge.Sum(before.Sum0, partition.Sum0, merge.IsLarger0, merge.Factor0);
        result.Sum1 = RowMerge.Sum(before.Sum1, partition.Sum1, merge.IsLarger1, merge.Factor1);
        return result;
    }
}

/// <summary>
/// How a lane's rows so far and those of a partition become one: sums are relative to the larger maximum, so that the other side's are
/// multiplied with a factor (FlashAttention, Dao et al. 2022, section 3.1).
/// </summary>
public struct RowMerge
{
    /// <summary>Whether the partition has the first row's larger maximum.</summary>
    public bool IsLarger0;

    /// <summary>The same of the second row.</summary>
    public bool IsLarger1;

    /// <summary>What the first row's other side is multiplied with.</summary>
    public float Factor0;

    /// <summary>The same of the second row.</summary>
    public float Factor1;

    /// <summary>How rows are merged.</summary>
    /// <param name="before">What was before.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="scale">What products of query and key are multiplied with to be exponents of two.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowMerge Of<TUnit>(RowStates before, RowStates partition, float scale)
        where TUnit : struct, IMatrixUnit
    {
        RowMerge result;
        result.IsLarger0 = partition.Maximum0 >= before.Maximum0;
        result.IsLarger1 = partition.Maximum1 >= before.Maximum1;
        result.Factor0 = Factor<TUnit>(before.Maximum0, partition.Maximum0, scale);
        result.Factor1 = Factor<TUnit>(before.Maximum1, partition.Maximum1, scale);
        return result;
    }

    /// <summary>
    /// The sum of both sides. A single product enters it: of two, a compiler could choose which one to fuse with the addition, and choose
    /// differently in another kernel.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(float before, float partition, bool isLarger, float factor) =>
        Utilities.Select(isLarger, before, partition) * factor + Utilities.Select(isLarger, partition, before);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Factor<TUnit>(float before, float partition, float scale)
        where TUnit : struct, IMatrixUnit =>
        TUnit.Exp2((IntrinsicMath.Min(before, partition) - IntrinsicMath.Max(before, partition)) * scale);
}
