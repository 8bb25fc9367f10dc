using System.Runtime.CompilerServices;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>Where a lane's finished sums of a tile go.</summary>
public struct LinearTarget
{
    /// <summary>The output.</summary>
    public LinearOutput Output;

    /// <summary>Rows there are.</summary>
    public int Rows;

    /// <summary>This lane's first row.</summary>
    public int Row;

    /// <summary>This lane's first column.</summary>
    public int Column;

    /// <summary>Gives the sums of a block of eight rows on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish<TFinish>(LinearTarget target, MatrixSums sums, int block)
        where TFinish : struct, IFinish => MatrixProduct.Finish<TFinish>(sums, target.Output, target.Rows, target.Row + 8 * block, target.Column);
}
