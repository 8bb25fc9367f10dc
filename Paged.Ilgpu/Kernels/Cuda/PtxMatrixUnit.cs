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
    public static void Announce(Packet first, Packet second, Packet input, ArrayView<uint> exchange)
    {
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Announce(Packet first, Packet second, RowInputs inputs, ArrayView<uint> exchange)
    {
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exp2(float value) => Ptx.Exp2(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Reciprocal(float value) => Ptx.Reciprocal(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Pack(float first, float second) => Ptx.PackBFloat16(first, second);

    /// <inheritdoc/>
    /// <remarks>
    /// Seven bits below the exponent of 128 are 128 + their value; the sign's bit there makes 256 of 128. Their difference is the number.
    /// The idea of building floating-point numbers from bits and a base is that of Kim et al. 2022, "Who Says Elephants Can't Run".
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint WidenEvenBytes(uint bytes) =>
        Ptx.SubtractBFloat16Pair(bytes & 0x007f007fu | 0x43004300u, bytes & 0x00800080u | 0x43004300u);
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
    public static void Announce(Packet first, Packet second, Packet input, ArrayView<uint> exchange)
    {
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Announce(Packet first, Packet second, RowInputs inputs, ArrayView<uint> exchange)
    {
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exp2(float value) => Ptx.Exp2(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Reciprocal(float value) => Ptx.Reciprocal(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Pack(float first, float second) => Ptx.PackFloat16(first, second);

    /// <inheritdoc/>
    /// <remarks>A byte plus 128, below the exponent of 1,024, is 1,152 + the number.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint WidenEvenBytes(uint bytes) => Ptx.Subtract1152Float16Pair((bytes & 0x00ff00ffu) ^ 0x64806480u);
}
