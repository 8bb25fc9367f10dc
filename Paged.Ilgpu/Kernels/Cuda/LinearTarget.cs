using System.Runtime.CompilerServices;
using ILGPU.Util;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Where a lane's finished sums of a tile go. What all of them have in common is computed once: an item of a tile of 256 rows has 128 sums, and where each looked for its place
/// anew, a tenth of the products' time went by.
/// </summary>
public struct LinearTarget
{
    /// <summary>The output, from the result of the lane's first row and lower column on.</summary>
    public LinearOutput Output;

    /// <summary>The lower of the lane's two columns, eight apart; it may lie in the padding.</summary>
    public int Column;

    /// <summary>Results of a row that there are, from the lower column's on; none or fewer in the padding.</summary>
    public int ResultsLeft;

    private int _rowsLeft;

    /// <summary>Where the sums of a lane go.</summary>
    /// <param name="output">The output.</param>
    /// <param name="rows">Rows there are.</param>
    /// <param name="row">This lane's first row.</param>
    /// <param name="column">This lane's lower column.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LinearTarget At<TFinish>(LinearOutput output, int rows, int row, int column)
        where TFinish : struct, IFinish
    {
        int result = TFinish.ResultOf(column);
        LinearTarget target;
        target.Column = column;
        target.ResultsLeft = output.Columns - result;
        target._rowsLeft = rows - row;
        bool isPresent = target._rowsLeft > 0 & target.ResultsLeft > 0;
        target.Output = TFinish.From(output, Utilities.Select(isPresent, (long)row * output.Stride + result, 0L));
        return target;
    }

    /// <summary>Whether there is a row so many behind the lane's first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HasRow(LinearTarget target, int further) => further < target._rowsLeft;

    /// <summary>Gives sums on: those of a row so many behind the lane's first, and of the next one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish<TFinish>(LinearTarget target, MatrixSums sums, int further)
        where TFinish : struct, IFinish
    {
        TFinish.Finish(target, further, sums.E0, sums.E2);
        TFinish.Finish(target, further + 1, sums.E1, sums.E3);
    }
}
