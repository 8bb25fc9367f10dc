using System.Runtime.CompilerServices;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>Adds each column's bias to its finished sum, which has its unit already, and gives it on.</summary>
/// <typeparam name="TFinish">What is done with the sums.</typeparam>
public readonly struct BiasedFinish<TFinish> : IFinish
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
        low + target.Output.Biases[target.Column],
        high + target.Output.Biases[target.Column + MatrixLayout.ColumnsPerTile]);
}
