using System.Runtime.CompilerServices;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Where a step's inputs lie in shared memory: rows of 64 bytes in their own order of features, [row, octet], but the octets of two rows trade
/// places with those of the next two, so that one octet of eight rows, which is what is read at a time, lies in eight different banks of 16 bytes.
/// It is the hardware's 64-byte swizzle (PTX ISA, "Swizzling modes"). Runs of it begin at multiples of 32 packets.
/// <para>
/// Where steps travel in pairs a row has the features of both, 128 bytes, with the 128-byte swizzle, in runs from multiples of 64 packets on: hardware that sends boxes takes as long over a row of 64 bytes.
/// </para>
/// </summary>
public static class StagedInputs
{
    /// <summary>The place of a packet within its run; it is also the packet of that place.</summary>
    /// <param name="packet">4 × row + octet.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Place(int packet) => Place(packet, 1);

    /// <summary>The same for rows of one or two steps.</summary>
    /// <param name="packet">4 × steps × row + octet.</param>
    /// <param name="stepsPerRow">Steps of which a row has the features, 1 or 2.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Place(int packet, int stepsPerRow) => packet ^ (packet >> 3 & (stepsPerRow * MatrixLayout.OctetsPerStep - 1));

    /// <summary>The octet whose place this is; its row is that of the place.</summary>
    /// <param name="place">A place of a run, or a multiple of 32 further.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int OctetOf(int place) => (place ^ place >> 3) & 3;

    /// <summary>The place of the packet of a block of eight rows that a lane names to <see cref="IPacketMemory.LoadMatrices"/>.</summary>
    /// <param name="lane">The lane: it names the octet l / 8 of row l mod 8.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LanePacket(int lane) => Place((lane & 7) * MatrixLayout.OctetsPerStep + (lane >> 3));
}
