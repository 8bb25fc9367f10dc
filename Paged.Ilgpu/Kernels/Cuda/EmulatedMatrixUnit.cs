using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// The matrix instruction in C#, for devices with warps of 32 lanes and without tensor cores: the lanes lay their fragments out in shared
/// memory, see <see cref="FragmentExchange"/>, and each sums its four elements one product after the other.
/// </summary>
/// <typeparam name="TElement">The type of the factors, one of 16 bits.</typeparam>
public readonly struct EmulatedMatrixUnit<TElement> : IMatrixUnit
    where TElement : struct, IElement16
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArrayView<uint> AllocateExchange(int warps) => FragmentExchange.Allocate(warps);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining)] // a tile calls it dozens of times, and compiling them all inlined took half a minute
    public static MatrixSums MultiplyAdd(MatrixSums sums, uint a0, uint a1, uint a2, uint a3, uint b0, uint b1, ArrayView<uint> exchange)
    {
        int lane = Group.IdxX % MatrixLayout.Lanes;
        int warp = FragmentExchange.NextPlace(exchange);
        int own = warp + lane * FragmentExchange.WordsPerLane;
        exchange[own] = a0;
        exchange[own + 1] = a1;
        exchange[own + 2] = a2;
        exchange[own + 3] = a3;
        exchange[own + 4] = b0;
        exchange[own + 5] = b1;
        Warp.Barrier();

        int row = lane / 4;
        int column = 2 * (lane % 4);
        sums.E0 = Dot(sums.E0, exchange, warp, row, 0, column);
        sums.E1 = Dot(sums.E1, exchange, warp, row, 0, column + 1);
        sums.E2 = Dot(sums.E2, exchange, warp, row, 1, column);
        sums.E3 = Dot(sums.E3, exchange, warp, row, 1, column + 1);
        return sums;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exp2(float value) => XMath.Exp2(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Pack(float first, float second) => TElement.Narrow(first) | TElement.Narrow(second) << 16;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint WidenEvenBytes(uint bytes) =>
        TElement.Narrow(Int8.Widen(bytes, 0)) | TElement.Narrow(Int8.Widen(bytes, 2)) << 16;

    // Words 0 and 2 of a lane belong to the upper eight rows, 1 and 3 to the lower.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot(float sum, ArrayView<uint> exchange, int warp, int row, int half, int column)
    {
        for (int step = 0; step < 8; step++)
        {
            int laneOfRow = row * 4 + step % 4;
            int laneOfColumn = column * 4 + step % 4;
            uint left = exchange[warp + laneOfRow * FragmentExchange.WordsPerLane + half + step / 4 * 2];
            uint right = exchange[warp + laneOfColumn * FragmentExchange.WordsPerLane + 4 + step / 4];
            sum += TElement.Widen(left & 0xffffu) * TElement.Widen(right & 0xffffu);
            sum += TElement.Widen(left >> 16) * TElement.Widen(right >> 16);
        }

        return sum;
    }
}
