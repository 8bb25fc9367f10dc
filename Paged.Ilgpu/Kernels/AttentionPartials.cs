using ILGPU;
using Paged.Ilgpu.Kernels.Cuda;

namespace Paged.Ilgpu.Kernels;

/// <summary>
/// Where the partitions of tiles meet that several groups share: every group lays its partitions down and counts itself in, and the
/// one that is last merges them in order. Passed to kernels by value.
/// </summary>
public struct AttentionPartials
{
    /// <summary>[entry, kvHead, part of the head, row, pair of elements] sums of values.</summary>
    public ArrayView<FloatPair> Sums;

    /// <summary>[entry, kvHead, part of the head, row] largest score and sum of probabilities.</summary>
    public ArrayView<FloatPair> States;

    /// <summary>[tile, kvHead, part of the head] groups that have counted themselves in; zero between launches.</summary>
    public ArrayView<int> Arrivals;

    /// <summary>Rows of an entry.</summary>
    public int Rows;

    /// <summary>Makes room.</summary>
    /// <param name="allocatePairs">Gives so many pairs of device memory.</param>
    /// <param name="allocateCounts">Gives so many numbers of device memory, all zero.</param>
    /// <param name="entries">Partitions of all tiles.</param>
    /// <param name="tiles">Tiles.</param>
    /// <param name="keyValueHeads">KV heads.</param>
    /// <param name="headOctets">Octets of a head.</param>
    /// <param name="rows">Rows of a tile.</param>
    public static AttentionPartials Of(
        Func<long, ArrayView<FloatPair>> allocatePairs,
        Func<long, ArrayView<int>> allocateCounts,
        int entries,
        int tiles,
        int keyValueHeads,
        int headOctets,
        int rows)
    {
        int parts = MatrixHead.PartsFor(headOctets);
        long rowCount = (long)entries * keyValueHeads * parts * rows;
        AttentionPartials partials;
        partials.Sums = allocatePairs(rowCount * (MatrixHead.OctetsFor(headOctets) / parts) * (Octet.Length / 2));
        partials.States = allocatePairs(rowCount);
        partials.Arrivals = allocateCounts((long)tiles * keyValueHeads * parts);
        partials.Rows = rows;
        return partials;
    }
}
