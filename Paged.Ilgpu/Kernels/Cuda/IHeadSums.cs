using ILGPU;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// A lane's sums of probability times value: of the rows l / 4 and l / 4 + 8 of a tile, and of each octet of a head the elements 2 (l mod 4) and
/// the next. Given to the attention kernels as a type parameter: <see cref="OctetPair"/>, joined to what a head has.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
public interface IHeadSums<TSelf>
    where TSelf : struct, IHeadSums<TSelf>
{
    /// <summary>Octets of the head.</summary>
    static abstract int Octets { get; }

    /// <summary>Adds the products of 16 positions.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="a0">The probabilities, a left factor of <see cref="IMatrixUnit"/>: word 0.</param>
    /// <param name="a1">Word 1.</param>
    /// <param name="a2">Word 2.</param>
    /// <param name="a3">Word 3.</param>
    /// <param name="staged">Where the values are.</param>
    /// <param name="values">This lane's packet of the first two octets, see <see cref="IPacketMemory.LoadTransposed"/>.</param>
    /// <param name="exchange">See <see cref="IMatrixUnit"/>.</param>
    static abstract TSelf MultiplyAdd<TUnit, TMemory>(
        TSelf sums, uint a0, uint a1, uint a2, uint a3, StagedPackets staged, int values, ArrayView<uint> exchange)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory;

    /// <summary>The sums of what was before and of a partition.</summary>
    static abstract TSelf Merge(TSelf before, TSelf partition, RowMerge merge);

    /// <summary>Lays a row's sums down.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="half">Which of the lane's two rows, 0 or 1; a constant.</param>
    /// <param name="target">[row, pair of elements].</param>
    /// <param name="first">The lane's first pair of the row.</param>
    static abstract void Store(TSelf sums, int half, ArrayView<FloatPair> target, long first);

    /// <summary>Reads two rows' sums back.</summary>
    /// <param name="source">[row, pair of elements].</param>
    /// <param name="first">The lane's first pair of its first row.</param>
    /// <param name="second">The same of its second row.</param>
    static abstract TSelf Load(ArrayView<FloatPair> source, long first, long second);

    /// <summary>Writes a row's results.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="half">Which of the lane's two rows, 0 or 1; a constant.</param>
    /// <param name="factor">What the sums are multiplied with.</param>
    /// <param name="output">The results.</param>
    /// <param name="first">The lane's first element of the row.</param>
    /// <param name="count">Elements that there are from there on.</param>
    static abstract void Finish<TElement>(TSelf sums, int half, float factor, ArrayView<Packet> output, long first, int count)
        where TElement : struct, IElement;
}
