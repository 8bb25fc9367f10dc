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
        int remaining = FragmentExchange.TakeAnnounced(exchange);
        int weights = remaining % 2 * 4;
        int inputs = FragmentExchange.InputOf(remaining) + weights / 2;
        int warp = remaining > 0 ? FragmentExchange.LastPlace(exchange) : FragmentExchange.NextPlace(exchange);
        int own = warp + lane * FragmentExchange.WordsPerLane;
        if (remaining == 0)
        {
            exchange[own] = a0;
            exchange[own + 1] = a1;
            exchange[own + 2] = a2;
            exchange[own + 3] = a3;
            exchange[own + inputs] = b0;
            exchange[own + inputs + 1] = b1;
            Warp.Barrier();
        }

        // Other fragments than were announced have no product.
        uint difference = (exchange[own + weights] ^ a0) | (exchange[own + weights + 1] ^ a1) | (exchange[own + weights + 2] ^ a2)
            | (exchange[own + weights + 3] ^ a3) | (exchange[own + inputs] ^ b0) | (exchange[own + inputs + 1] ^ b1);
        if (difference != 0)
            sums.E0 = sums.E1 = sums.E2 = sums.E3 = float.NaN;
        int row = warp + lane / 4 * 4 * FragmentExchange.WordsPerLane + weights;
        int column = warp + 2 * (lane % 4) * 4 * FragmentExchange.WordsPerLane + inputs;
        sums.E0 = Dot(sums.E0, exchange, row, column);
        sums.E1 = Dot(sums.E1, exchange, row, column + 4 * FragmentExchange.WordsPerLane);
        sums.E2 = Dot(sums.E2, exchange, row + 1, column);
        sums.E3 = Dot(sums.E3, exchange, row + 1, column + 4 * FragmentExchange.WordsPerLane);
        return sums;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Announce(Packet first, Packet second, Packet input, ArrayView<uint> exchange)
    {
        int own = ShowWeights(first, second, exchange);
        FragmentExchange.Show(exchange, own + FragmentExchange.InputOf(2), input);
        FragmentExchange.Announce(exchange, 2);
        Warp.Barrier();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Announce(Packet first, Packet second, RowInputs inputs, ArrayView<uint> exchange)
    {
        int own = ShowWeights(first, second, exchange);
        FragmentExchange.Show(exchange, own + FragmentExchange.InputOf(16), inputs.Block0);
        FragmentExchange.Show(exchange, own + FragmentExchange.InputOf(14), inputs.Block1);
        FragmentExchange.Show(exchange, own + FragmentExchange.InputOf(12), inputs.Block2);
        FragmentExchange.Show(exchange, own + FragmentExchange.InputOf(10), inputs.Block3);
        FragmentExchange.Show(exchange, own + FragmentExchange.InputOf(8), inputs.Block4);
        FragmentExchange.Show(exchange, own + FragmentExchange.InputOf(6), inputs.Block5);
        FragmentExchange.Show(exchange, own + FragmentExchange.InputOf(4), inputs.Block6);
        FragmentExchange.Show(exchange, own + FragmentExchange.InputOf(2), inputs.Block7);
        FragmentExchange.Announce(exchange, 16);
        Warp.Barrier();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exp2(float value) => XMath.Exp2(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Reciprocal(float value) => 1 / value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Pack(float first, float second) => TElement.Narrow(first) | TElement.Narrow(second) << 16;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint WidenEvenBytes(uint bytes) =>
        TElement.Narrow(Int8.Widen(bytes, 0)) | TElement.Narrow(Int8.Widen(bytes, 2)) << 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ShowWeights(Packet first, Packet second, ArrayView<uint> exchange)
    {
        int own = FragmentExchange.NextPlace(exchange) + Group.IdxX % MatrixLayout.Lanes * FragmentExchange.WordsPerLane;
        FragmentExchange.Show(exchange, own, first);
        FragmentExchange.Show(exchange, own + 4, second);
        return own;
    }

    // From the first lanes of a row and of a column on. Words 0 and 2 of a lane belong to the upper eight rows, 1 and 3 to the lower.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot(float sum, ArrayView<uint> exchange, int row, int column)
    {
        for (int step = 0; step < 8; step++)
        {
            int lane = step % 4 * FragmentExchange.WordsPerLane;
            uint left = exchange[row + lane + step / 4 * 2];
            uint right = exchange[column + lane + step / 4];
            sum += TElement.Widen(left & 0xffffu) * TElement.Widen(right & 0xffffu);
            sum += TElement.Widen(left >> 16) * TElement.Widen(right >> 16);
        }

        return sum;
    }
}
