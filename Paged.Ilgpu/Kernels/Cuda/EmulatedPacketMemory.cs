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
}
