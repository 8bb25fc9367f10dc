using System.Runtime.CompilerServices;
using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>Plain loads and stores in C#; a copy has arrived as soon as it was started.</summary>
public readonly struct EmulatedPacketMemory : IPacketMemory
{
    // Behind the packets: an index of every item of the largest group, at two places in turn, see FragmentExchange, and where an item's next one lies.
    private const int MostItems = 256;
    private const int Turn = 2 * MostItems;
    private const int IndexPackets = 3 * MostItems * sizeof(int) / Packet.SizeInBytes;

    /// <inheritdoc/>
    public static StagedPackets Allocate(int packets)
    {
        StagedPackets staged = new() { View = SharedMemory.Allocate<Packet>(packets + IndexPackets) };
        Indices(staged)[Turn + Group.IdxX] = 0;
        return staged;
    }

    /// <inheritdoc/>
    public static StagedPackets AllocateLarge(int packets, int sums) => Allocate(packets);

    /// <inheritdoc/>
    public static ArrayView<float> LargeSums(int sums) => SharedMemory.Allocate<float>(sums);

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
    public static void StartStreamedCopy(StagedPackets target, int index, PacketSource source, long packet) => StartCopy(target, index, source, packet);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StartStreamedCopy(
        StagedPackets target, int index, int targetBehind, PacketSource source, long packet, int sourceBehind, bool isPresent) =>
        StartCopy(target, index + targetBehind, source, packet + sourceBehind, isPresent);

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
    public static Packet LoadMatrices(StagedPackets source, int index)
    {
        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int block = index & ~(MatrixLayout.Lanes - 1);
        int octets = lane / 4 * MatrixLayout.OctetsPerStep;
        ArrayView<uint> words = source.View.Cast<uint>();
        Packet result;
        result.Word0 = words[4 * (block + StagedInputs.Place(octets)) + lane % 4];
        result.Word1 = words[4 * (block + StagedInputs.Place(octets + 1)) + lane % 4];
        result.Word2 = words[4 * (block + StagedInputs.Place(octets + 2)) + lane % 4];
        result.Word3 = words[4 * (block + StagedInputs.Place(octets + 3)) + lane % 4];
        return result;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining)] // as the emulated matrix unit's
    public static Packet LoadTransposed(StagedPackets source, int index)
    {
        // The lanes tell each other of their packets by one write before a barrier, which is faster than eight shuffles.
        ArrayView<int> indices = Indices(source);
        int place = indices[Turn + Group.IdxX];
        indices[Turn + Group.IdxX] = MostItems - place;
        indices[place + Group.IdxX] = index;
        Warp.Barrier();
        Packet result;
        result.Word0 = LoadPair(source, indices, place, 0);
        result.Word1 = LoadPair(source, indices, place, 1);
        result.Word2 = LoadPair(source, indices, place, 2);
        result.Word3 = LoadPair(source, indices, place, 3);
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ArrayView<int> Indices(StagedPackets staged) =>
        staged.View.SubView(staged.View.IntLength - IndexPackets, IndexPackets).Cast<int>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint LoadPair(StagedPackets source, ArrayView<int> indices, int place, int matrix)
    {
        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int owner = place + Group.IdxX - lane + 8 * matrix + 2 * (lane & 3);
        ArrayView<ushort> elements = source.View.Cast<ushort>();
        int column = lane >> 2;
        return elements[indices[owner] * Octet.Length + column] | (uint)elements[indices[owner + 1] * Octet.Length + column] << 16;
    }
}
