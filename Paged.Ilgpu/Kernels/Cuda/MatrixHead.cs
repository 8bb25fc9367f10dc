namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>The heads that the matrix unit's attention computes: of 64, 96, 128 or 256 elements; others are padded with zeros to the next.</summary>
internal static class MatrixHead
{
    /// <summary>Octets of the largest head.</summary>
    public const int MostOctets = 32;

    /// <summary>Octets that a head is computed with.</summary>
    /// <param name="headOctets">Octets that it has, at most <see cref="MostOctets"/>.</param>
    public static int OctetsFor(int headOctets) => headOctets switch
    {
        <= 8 => 8,
        <= 12 => 12,
        <= 16 => 16,
        _ => MostOctets,
    };

    /// <summary>In how many parts a head is computed, see <see cref="IHeadParts"/>.</summary>
    public static int PartsFor(int headOctets) => headOctets > 16 ? 2 : 1;
}
