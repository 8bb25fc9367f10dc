using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Weights of eight bits (<see cref="Int8"/>), widened in registers to what the matrix unit takes, right before it does. That is exact: both
/// types of 16 bits have all whole numbers up to 256. A packet holds a pair of each octet of a step, of either tile of a block, the first tile's in its lower half.
/// <para>
/// In every word the second and the third byte are swapped: the elements 0 and 1 are then the even bytes and 2 and 3 the odd ones, so that each pair
/// becomes the halves of a word by masks alone.
/// </para>
/// </summary>
public readonly struct ByteWeights : IMatrixWeights
{
    /// <inheritdoc/>
    public static int PacketsPerBlock => 1;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static BlockWeights Load<TUnit, TMemory>(StagedPackets staged, int index)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
    {
        Packet bytes = TMemory.LoadStaged(staged, index);
        BlockWeights weights;
        weights.First = Widen<TUnit>(bytes.Word0, bytes.Word2);
        weights.Second = Widen<TUnit>(bytes.Word1, bytes.Word3);
        return weights;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Scale(float sum, ArrayView<float> scales, int column) => sum * scales[column];

    /// <summary>Four elements in the order in which a word holds them.</summary>
    /// <param name="word">A pair of either of two octets, the first one lowest.</param>
    public static uint Arrange(uint word) => (word & 0xff0000ffu) | (word >> 8 & 0x0000ff00u) | (word << 8 & 0x00ff0000u);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Packet Widen<TUnit>(uint low, uint high)
        where TUnit : struct, IMatrixUnit =>
        new(TUnit.WidenEvenBytes(low), TUnit.WidenEvenBytes(high), TUnit.WidenEvenBytes(low >> 8), TUnit.WidenEvenBytes(high >> 8));
}
