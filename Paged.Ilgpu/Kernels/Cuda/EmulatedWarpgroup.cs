using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>Four warps that multiply each for itself, eight rows after the other, and keep their sums in shared memory.</summary>
/// <typeparam name="TUnit">By what they multiply.</typeparam>
/// <typeparam name="TMemory">Where from.</typeparam>
public readonly struct EmulatedWarpgroup<TUnit, TMemory> : IWarpgroup
    where TUnit : struct, IMatrixUnit
    where TMemory : struct, IPacketMemory
{
    /// <inheritdoc/>
    public static ArrayView<float> AllocateSums(int sums) => SharedMemory.Allocate<float>(sums * WarpgroupSteps.GroupSize);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ShareStaged()
    {
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StartMultiplyAdd(
        ArrayView<float> sums, BlockWeights weights, StagedPackets staged, int inputs, int rows, bool isFirst, ArrayView<uint> exchange)
    {
        int lanePacket = inputs + StagedInputs.LanePacket(Group.IdxX & (MatrixLayout.Lanes - 1));
        for (int block = 0; block < rows / 8; block++)
        {
            MatrixSums before = MatrixProduct.Load(sums, First(block), WarpgroupSteps.GroupSize, isFirst ? 0 : uint.MaxValue);
            Packet input = TMemory.LoadMatrices(staged, lanePacket + block * MatrixLayout.Lanes);
            MatrixSums after = MatrixProduct.MultiplyAdd<TUnit>(before, weights.First, weights.Second, input, exchange);
            MatrixProduct.Store(after, sums, First(block), WarpgroupSteps.GroupSize);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Await()
    {
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MatrixSums Read(ArrayView<float> sums, int block) =>
        MatrixProduct.Load(sums, First(block), WarpgroupSteps.GroupSize, uint.MaxValue);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ArrayView<float> sums, int block, MatrixSums value) =>
        MatrixProduct.Store(value, sums, First(block), WarpgroupSteps.GroupSize);

    private static int First(int block) => 4 * block * WarpgroupSteps.GroupSize + Group.IdxX;
}
