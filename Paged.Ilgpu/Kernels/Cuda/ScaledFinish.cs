using System.Runtime.CompilerServices;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>Brings finished sums into the units that the weights had, once for each, and gives them on.</summary>
/// <typeparam name="TWeights">The weights.</typeparam>
/// <typeparam name="TFinish">What is done with the sums.</typeparam>
public readonly struct ScaledFinish<TWeights, TFinish> : IFinish
    where TWeights : struct, IMatrixWeights
    where TFinish : struct, IFinish
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish(LinearOutput output, int row, int column, float low, float high) => TFinish.Finish(
        output,
        row,
        column,
        TWeights.Scale(low, output.Scales, column),
        TWeights.Scale(high, output.Scales, column + MatrixLayout.ColumnsPerTile));
}
