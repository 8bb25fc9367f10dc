using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Util;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>The instructions of sm_80 and newer: loads of 16 bytes and asynchronous copies into shared memory.</summary>
public readonly struct PtxPacketMemory : IPacketMemory
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static StagedPackets Allocate(int packets)
    {
        StagedPackets result = default;
        result.Address = Ptx.AllocateShared(packets * Packet.SizeInBytes);
        return result;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static StagedPackets AllocateLarge(int packets, int sums)
    {
        StagedPackets result = default;
        result.Address = Ptx.SharedAddress(ref SharedMemory.GetDynamic<Packet>()[0]) + (uint)(sums * sizeof(float) + 1023) & ~1023u;
        return result;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArrayView<float> LargeSums(int sums) => SharedMemory.GetDynamic<float>();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StartCopy(StagedPackets target, int index, PacketSource source, long packet) =>
        Ptx.CopyAsync(target.Address + (uint)(index * Packet.SizeInBytes), source.Address + packet * Packet.SizeInBytes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StartCopy(StagedPackets target, int index, PacketSource source, long packet, bool isPresent) => Ptx.CopyAsync(
        target.Address + (uint)(index * Packet.SizeInBytes),
        source.Address + packet * Packet.SizeInBytes,
        Utilities.Select(isPresent, Packet.SizeInBytes, 0));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StartStreamedCopy(StagedPackets target, int index, PacketSource source, long packet) =>
        Ptx.CopyAsyncStreamed(target.Address + (uint)(index * Packet.SizeInBytes), source.Address + packet * Packet.SizeInBytes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StartStreamedCopy(
        StagedPackets target, int index, int targetBehind, PacketSource source, long packet, int sourceBehind, bool isPresent) => Ptx.CopyAsyncStreamed(
        target.Address + (uint)(index * Packet.SizeInBytes),
        source.Address + packet * Packet.SizeInBytes,
        Utilities.Select(isPresent, Packet.SizeInBytes, 0),
        targetBehind * Packet.SizeInBytes,
        sourceBehind * Packet.SizeInBytes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StartSharedCopy(StagedPackets target, int index, PacketSource source, long packet, bool isPresent) => Ptx.CopyAsyncCached(
        target.Address + (uint)(index * Packet.SizeInBytes),
        source.Address + packet * Packet.SizeInBytes,
        isPresent ? Packet.SizeInBytes : 0);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CloseBatch() => Ptx.CommitGroup();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Await(int newest) => Ptx.WaitGroup(newest);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Packet LoadStaged(StagedPackets source, int index) => Ptx.LoadShared(source.Address + (uint)(index * Packet.SizeInBytes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Packet LoadMatrices(StagedPackets source, int index) => Ptx.LoadMatrices(source.Address + (uint)(index * Packet.SizeInBytes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Packet LoadTransposed(StagedPackets source, int index) =>
        Ptx.LoadTransposed(source.Address + (uint)(index * Packet.SizeInBytes));
}
