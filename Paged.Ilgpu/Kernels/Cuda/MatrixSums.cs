namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// What one lane holds of a product's 16 × 8 sums, in the published layout of <c>mma.sync.m16n8k16</c> (PTX ISA, "Matrix fragments for
/// mma.m16n8k16"): lane l has the columns 2 (l mod 4) and the next, of the rows l / 4 and l / 4 + 8.
/// </summary>
public struct MatrixSums
{
    /// <summary>Row l / 4, column 2 (l mod 4).</summary>
    public float E0;

    /// <summary>Row l / 4, column 2 (l mod 4) + 1.</summary>
    public float E1;

    /// <summary>Row l / 4 + 8, column 2 (l mod 4).</summary>
    public float E2;

    /// <summary>Row l / 4 + 8, column 2 (l mod 4) + 1.</summary>
    public float E3;
}
