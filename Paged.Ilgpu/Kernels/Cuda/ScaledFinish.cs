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
    public static bool AddsToOutput => TFinish.AddsToOutput;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ResultOf(int column) => TFinish.ResultOf(column);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LinearOutput From(LinearOutput output, long first) => TFinish.From(output, first);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish(LinearTarget target, int further, float low, float high) => TFinish.Finish(
        target,
        further,
        TWeights.Scale(low, target.Output.Scales, target.Column),
        TWeights.Scale(high, target.Output.Scales, target.Column + MatrixLayout.ColumnsPerTile));
}
