using System.Runtime.CompilerServices;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>Division by the octets of a head: neither ILGPU nor ptxas turns a division by a constant into anything shorter.</summary>
internal static class PacketDivision
{
    /// <summary>The whole part of a quotient.</summary>
    /// <param name="packet">At most 16,383.</param>
    /// <param name="octets">8, 12, 16 or 32; a constant.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int By(int packet, int octets) =>
        octets == 8 ? packet >> 3
        : octets == 12 ? packet * 43691 >> 19
        : octets == 16 ? packet >> 4
        : packet >> 5;
}
