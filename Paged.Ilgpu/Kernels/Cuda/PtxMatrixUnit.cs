using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>The tensor cores of sm_80 and newer, on bfloat16.</summary>
public readonly struct BFloat16MatrixUnit : IMatrixUnit
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArrayView<uint> AllocateExchange(int warps) => default;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MatrixSums MultiplyAdd(MatrixSums sums, uint a0, uint a1, uint a2, uint a3, uint b0, uint b1, ArrayView<uint> exchange) =>
        Ptx.MultiplyAddBFloat16(sums.E0, sums.E1, sums.E2, sums.E3, a0, a1, a2, a3, b0, b1);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exp2(float value) => Ptx.Exp2(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Pack(float first, float second) => Ptx.PackBFloat16(first, second);
}

/// <summary>The tensor cores of sm_80 and newer, on float16.</summary>
public readonly struct Float16MatrixUnit : IMatrixUnit
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArrayView<uint> AllocateExchange(int warps) => default;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MatrixSums MultiplyAdd(MatrixSums sums, uint a0, uint a1, uint a2, uint a3, uint b0, uint b1, ArrayView<uint> exchange) =>
        Ptx.MultiplyAddFloat16(sums.E0, sums.E1, sums.E2, sums.E3, a0, a1, a2, a3, b0, b1);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exp2(float value) => Ptx.Exp2(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Pack(float first, float second) => Ptx.PackFloat16(first, second);
}
