using System.Runtime.CompilerServices;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>Adds each column's bias to its finished sum, which has its unit already, and gives it on.</summary>
/// <typeparam name="TFinish">What is done with the sums.</typeparam>
public readonly struct BiasedFinish<TFinish> : IFinish
    where TFinish : struct, IFinish
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish(LinearOutput output, int row, int column, float low, float high) => TFinish.Finish(
        output, row, column, low + output.Biases[column], high + output.Biases[column + MatrixLayout.ColumnsPerTile]);
}
