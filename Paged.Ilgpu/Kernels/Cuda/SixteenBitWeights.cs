using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>Weights that the matrix unit takes as they lie.</summary>
public readonly struct SixteenBitWeights : IMatrixWeights
{
    /// <inheritdoc/>
    public static int PacketsPerBlock => 2;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static BlockWeights Load<TUnit, TMemory>(StagedPackets staged, int index)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
    {
        BlockWeights weights;
        weights.First = TMemory.LoadStaged(staged, index);
        weights.Second = TMemory.LoadStaged(staged, index + MatrixLayout.Lanes);
        return weights;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Scale(float sum, ArrayView<float> scales, int column) => sum;
}
