using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Util;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>Four warps of sm_90a, on bfloat16.</summary>
public readonly struct BFloat16Warpgroup : IWarpgroup
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArrayView<float> AllocateSums(int sums) => HopperWarpgroup.AllocateSums(sums);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ShareStaged() => PtxWarpgroup.ShareStaged();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StartMultiplyAdd(
        ArrayView<float> sums, BlockWeights weights, StagedPackets staged, int inputs, int stepsPerRow, int rows, bool isFirst, ArrayView<uint> exchange) =>
        PtxWarpgroup.MultiplyAddBFloat16(
            rows,
            rows / 2,
            weights.First.Word0,
            weights.First.Word1,
            weights.First.Word2,
            weights.First.Word3,
            weights.Second.Word0,
            weights.Second.Word1,
            weights.Second.Word2,
            weights.Second.Word3,
            HopperWarpgroup.Descriptor(staged, inputs),
            Utilities.Select(isFirst, 0, 1),
            HopperWarpgroup.RowLayout(stepsPerRow));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Await() => PtxWarpgroup.Await();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MatrixSums Read(ArrayView<float> sums, int block) => HopperWarpgroup.Read(block);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ArrayView<float> sums, int block, MatrixSums value) => HopperWarpgroup.Write(block, value);
}

/// <summary>Four warps of sm_90a, on float16.</summary>
public readonly struct Float16Warpgroup : IWarpgroup
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArrayView<float> AllocateSums(int sums) => HopperWarpgroup.AllocateSums(sums);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ShareStaged() => PtxWarpgroup.ShareStaged();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StartMultiplyAdd(
        ArrayView<float> sums, BlockWeights weights, StagedPackets staged, int inputs, int stepsPerRow, int rows, bool isFirst, ArrayView<uint> exchange) =>
        PtxWarpgroup.MultiplyAddFloat16(
            rows,
            rows / 2,
            weights.First.Word0,
            weights.First.Word1,
            weights.First.Word2,
            weights.First.Word3,
            weights.Second.Word0,
            weights.Second.Word1,
            weights.Second.Word2,
            weights.Second.Word3,
            HopperWarpgroup.Descriptor(staged, inputs),
            Utilities.Select(isFirst, 0, 1),
            HopperWarpgroup.RowLayout(stepsPerRow));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Await() => PtxWarpgroup.Await();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MatrixSums Read(ArrayView<float> sums, int block) => HopperWarpgroup.Read(block);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ArrayView<float> sums, int block, MatrixSums value) => HopperWarpgroup.Write(block, value);
}

/// <summary>What the two types have in common.</summary>
internal static class HopperWarpgroup
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArrayView<float> AllocateSums(int sums)
    {
        PtxWarpgroup.AllocateSums(sums);
        return default;
    }

    /// <summary>
    /// The lower word of what tells the matrix unit where a factor lies: an address in units of 16 bytes; the bit is not looked at. The packet comes last, so that there is one
    /// addition between a product and the next.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Descriptor(StagedPackets staged, int packet) => (staged.Address / Packet.SizeInBytes | 1u << 16) + (uint)packet;

    /// <summary>The upper word: how far blocks of eight rows are apart, in units of 16 bytes, and with which swizzle rows lie there (PTX ISA, "Matrix Descriptor Format").</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint RowLayout(int stepsPerRow) => stepsPerRow > 1 ? 1u << 30 | 64 : 2u << 30 | 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MatrixSums Read(int block)
    {
        MatrixSums sums;
        sums.E0 = PtxWarpgroup.Sum(4 * block);
        sums.E1 = PtxWarpgroup.Sum(4 * block + 1);
        sums.E2 = PtxWarpgroup.Sum(4 * block + 2);
        sums.E3 = PtxWarpgroup.Sum(4 * block + 3);
        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(int block, MatrixSums value)
    {
        PtxWarpgroup.SetSum(4 * block, value.E0);
        PtxWarpgroup.SetSum(4 * block + 1, value.E1);
        PtxWarpgroup.SetSum(4 * block + 2, value.E2);
        PtxWarpgroup.SetSum(4 * block + 3, value.E3);
    }
}
