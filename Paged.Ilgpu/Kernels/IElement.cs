using ILGPU;

namespace Paged.Ilgpu.Kernels;

/// <summary>
/// How elements lie in memory, given to a kernel as a type parameter. Sixteen-bit elements are widened and rounded by integer
/// arithmetic, so that no device needs half-precision support.
/// </summary>
public interface IElement : IWeightElement
{
    /// <summary>Packets that an octet of these elements takes: 2 for float32, else 1.</summary>
    static abstract int PacketsPerOctet { get; }

    /// <summary>Rounds an octet to nearest, ties to even, and writes it.</summary>
    /// <param name="packets">[octet, <see cref="PacketsPerOctet"/>].</param>
    /// <param name="octet">Which octet.</param>
    /// <param name="value">The eight elements.</param>
    static abstract void Store(ArrayView<Packet> packets, long octet, Octet value);

    /// <summary>Reads and widens one element.</summary>
    /// <param name="packets">[octet, <see cref="PacketsPerOctet"/>].</param>
    /// <param name="element">Which element, counted from the first octet's first.</param>
    static abstract float LoadElement(ArrayView<Packet> packets, long element);

    /// <summary>Rounds one element to nearest, ties to even, and writes it.</summary>
    /// <param name="packets">[octet, <see cref="PacketsPerOctet"/>].</param>
    /// <param name="element">Which element, counted from the first octet's first.</param>
    /// <param name="value">The element.</param>
    static abstract void StoreElement(ArrayView<Packet> packets, long element, float value);

    /// <summary>The value after a journey through this type: rounded to nearest, ties to even.</summary>
    static abstract float Round(float value);
}
