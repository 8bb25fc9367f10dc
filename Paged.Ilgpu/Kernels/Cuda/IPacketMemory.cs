using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// How a kernel brings packets from device memory to a work item, given as a type parameter: by the hardware's own instructions, or by
/// plain C# in their place.
/// </summary>
public interface IPacketMemory
{
    /// <summary>Makes shared memory for staging. Once a kernel, by all items of the group.</summary>
    /// <param name="packets">How many packets; a constant, at most 3,072 (48 KiB).</param>
    static abstract StagedPackets Allocate(int packets);

    /// <summary>The same for more than 48 KiB: a launch on a CUDA device must ask for <see cref="LargeBytes"/>.</summary>
    /// <param name="packets">How many packets; a constant.</param>
    /// <param name="sums">How many elements beside them, which <see cref="LargeSums"/> gives; a constant.</param>
    static abstract StagedPackets AllocateLarge(int packets, int sums);

    /// <summary>The elements beside the packets of <see cref="AllocateLarge"/>.</summary>
    static abstract ArrayView<float> LargeSums(int sums);

    /// <summary>Bytes that a launch asks for so that a group has both, the packets from a multiple of 1,024 on.</summary>
    static int LargeBytes(int packets, int sums) => packets * Packet.SizeInBytes + sums * sizeof(float) + 1024;

    /// <summary>Starts the copy of a packet that is read once by this group into shared memory, past the first-level cache.</summary>
    /// <param name="target">Shared memory.</param>
    /// <param name="index">Where in it.</param>
    /// <param name="source">Where from.</param>
    /// <param name="packet">Which packet.</param>
    static abstract void StartCopy(StagedPackets target, int index, PacketSource source, long packet);

    /// <summary>The same where the packet may be absent: zeros are written then, and nothing is read.</summary>
    static abstract void StartCopy(StagedPackets target, int index, PacketSource source, long packet, bool isPresent);

    /// <summary>
    /// Starts the copy of a packet that is read again in the next step at the earliest, or, by other groups of the same kernel, at about the same time: what will be read in between
    /// stays in the second-level cache instead.
    /// </summary>
    static abstract void StartStreamedCopy(StagedPackets target, int index, PacketSource source, long packet);

    /// <summary>The same of a packet so many behind the one named, so that one address serves several; zeros where it is absent.</summary>
    /// <param name="target">Shared memory.</param>
    /// <param name="index">Where in it.</param>
    /// <param name="targetBehind">How many behind that; a constant.</param>
    /// <param name="source">Where from.</param>
    /// <param name="packet">Which packet.</param>
    /// <param name="sourceBehind">How many behind that; a constant.</param>
    /// <param name="isPresent">Whether it is there.</param>
    static abstract void StartStreamedCopy(
        StagedPackets target, int index, int targetBehind, PacketSource source, long packet, int sourceBehind, bool isPresent);

    /// <summary>The same of a packet that other groups read as well, kept in the first-level cache for them.</summary>
    static abstract void StartSharedCopy(StagedPackets target, int index, PacketSource source, long packet, bool isPresent);

    /// <summary>Closes a batch of copies: those started since the last one was closed.</summary>
    static abstract void CloseBatch();

    /// <summary>Waits until all but the newest batches have arrived; they are seen by the item that started them.</summary>
    /// <param name="newest">How many batches may still be on their way; a constant.</param>
    static abstract void Await(int newest);

    /// <summary>Reads a packet from shared memory.</summary>
    static abstract Packet LoadStaged(StagedPackets source, int index);

    /// <summary>
    /// Reads a block of eight rows of <see cref="StagedInputs"/>, four 8 x 8 matrices of 16-bit elements. All lanes of a warp call it together,
    /// and read what others copied. Word j of lane l is the word l mod 4 of the octet j of row l / 4: words 0 and 1 are the right factor of
    /// <see cref="IMatrixUnit"/> of the first 16 features, words 2 and 3 that of the rest.
    /// </summary>
    /// <param name="source">Shared memory.</param>
    /// <param name="index">Where the block begins, a multiple of 32, plus <see cref="StagedInputs.LanePacket"/>.</param>
    static abstract Packet LoadMatrices(StagedPackets source, int index);

    /// <summary>
    /// Reads four 8 x 8 matrices of 16-bit elements whose rows are packets, transposed. All lanes of a warp call it together. Word m of
    /// lane l has column l / 4 of matrix m, rows 2 (l mod 4) and the next, the first one low: a right factor of <see cref="IMatrixUnit"/>.
    /// </summary>
    /// <param name="source">Shared memory.</param>
    /// <param name="index">This lane's packet: row l mod 8 of matrix l / 8.</param>
    static abstract Packet LoadTransposed(StagedPackets source, int index);
}
