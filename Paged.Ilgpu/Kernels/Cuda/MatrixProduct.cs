using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>The product of a step: the one expression by which every form of the linear layer grows its sums.</summary>
public static class MatrixProduct
{
    /// <summary>Adds the products of 32 input features, of 16 columns and 8 rows, to their sums.</summary>
    /// <param name="sums">This lane's sums: [column l / 4 and 8 further, row 2 (l mod 4) and the next].</param>
    /// <param name="first">This lane's first packet of the block's weights, see <see cref="MatrixLayout"/>.</param>
    /// <param name="second">Its second one.</param>
    /// <param name="input">Row l / 4, see <see cref="IPacketMemory.LoadMatrices"/>.</param>
    /// <param name="exchange">See <see cref="IMatrixUnit"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MatrixSums MultiplyAdd<TUnit>(MatrixSums sums, Packet first, Packet second, Packet input, ArrayView<uint> exchange)
        where TUnit : struct, IMatrixUnit
    {
        sums = TUnit.MultiplyAdd(sums, first.Word0, first.Word1, first.Word2, first.Word3, input.Word0, input.Word1, exchange);
        return TUnit.MultiplyAdd(sums, second.Word0, second.Word1, second.Word2, second.Word3, input.Word2, input.Word3, exchange);
    }

    /// <summary>Lays a lane's sums out, one <paramref name="stride"/> after the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(MatrixSums sums, ArrayView<float> target, long first, int stride)
    {
        target[first] = sums.E0;
        target[first + stride] = sums.E1;
        target[first + 2 * stride] = sums.E2;
        target[first + 3 * stride] = sums.E3;
    }

    /// <summary>Reads a lane's sums back, or, where the mask has no bits, zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MatrixSums Load(ArrayView<float> source, long first, int stride, uint mask)
    {
        MatrixSums sums;
        sums.E0 = source[first];
        sums.E1 = source[first + stride];
        sums.E2 = source[first + 2 * stride];
        sums.E3 = source[first + 3 * stride];
        return Masked(sums, mask);
    }

    /// <summary>The sums, or, where the mask has no bits, zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MatrixSums Masked(MatrixSums sums, uint mask)
    {
        sums.E0 = Masked(sums.E0, mask);
        sums.E1 = Masked(sums.E1, mask);
        sums.E2 = Masked(sums.E2, mask);
        sums.E3 = Masked(sums.E3, mask);
        return sums;
    }

    /// <summary>A lane's sums as one packet, which travels at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Packet ToPacket(MatrixSums sums) =>
        new(Interop.FloatAsInt(sums.E0), Interop.FloatAsInt(sums.E1), Interop.FloatAsInt(sums.E2), Interop.FloatAsInt(sums.E3));

    /// <summary>Sums that were a packet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MatrixSums FromPacket(Packet packet)
    {
        MatrixSums sums;
        sums.E0 = Interop.IntAsFloat(packet.Word0);
        sums.E1 = Interop.IntAsFloat(packet.Word1);
        sums.E2 = Interop.IntAsFloat(packet.Word2);
        sums.E3 = Interop.IntAsFloat(packet.Word3);
        return sums;
    }

    /// <summary>Adds sums, element by element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MatrixSums Add(MatrixSums left, MatrixSums right)
    {
        left.E0 += right.E0;
        left.E1 += right.E1;
        left.E2 += right.E2;
        left.E3 += right.E3;
        return left;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Masked(float value, uint mask) => Interop.IntAsFloat(Interop.FloatAsInt(value) & mask);
}
