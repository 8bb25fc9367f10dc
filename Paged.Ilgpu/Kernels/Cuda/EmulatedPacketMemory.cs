using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>Plain loads and stores in C#; a copy has arrived as soon as it was started.</summary>
public readonly struct EmulatedPacketMemory : IPacketMemory
{
    /// <inheritdoc/>
    public static StagedPackets Allocate(int packets) => new() { View = SharedMemory.Allocate<Packet>(packets) };

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StartCopy(StagedPackets target, int index, PacketSource source, long packet) =>
        target.View[index] = source.View[packet];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StartCopy(StagedPackets target, int index, PacketSource source, long packet, bool isPresent) =>
        target.View[index] = isPresent ? source.View[packet] : default;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StartSharedCopy(StagedPackets target, int index, PacketSource source, long packet, bool isPresent) =>
        StartCopy(target, index, source, packet, isPresent);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CloseBatch()
    {
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Await(int newest)
    {
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Packet LoadStaged(StagedPackets source, int index) => source.View[index];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining)] // as the emulated matrix unit's
    public static Packet LoadTransposed(StagedPackets source, int index)
    {
        Packet result;
        result.Word0 = LoadPair(source, index, 0);
        result.Word1 = LoadPair(source, index, 1);
        result.Word2 = LoadPair(source, index, 2);
        result.Word3 = LoadPair(source, index, 3);
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint LoadPair(StagedPackets source, int index, int matrix)
    {
        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int owner = 8 * matrix + 2 * (lane & 3);
        int first = Warp.Shuffle(index, owner);
        int second = Warp.Shuffle(index, owner + 1);
        ArrayView<ushort> elements = source.View.Cast<ushort>();
        int column = lane >> 2;
        return elements[first * Octet.Length + column] | (uint)elements[second * Octet.Length + column] << 16;
    }
}
