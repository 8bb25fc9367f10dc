using ILGPU;

namespace Paged.Ilgpu.Kernels;

/// <summary>
/// How elements lie in memory, given to a kernel as a type parameter. Sixteen-bit elements are widened and rounded by integer
/// arithmetic, so that no device needs half-precision support.
/// </summary>
public interface IElement
{
    /// <summary>Packets that an octet of these elements takes: 2 for float32, else 1.</summary>
    static abstract int PacketsPerOctet { get; }

    /// <summary>Reads and widens an octet.</summary>
    /// <param name="packets">[octet, <see cref="PacketsPerOctet"/>].</param>
    /// <param name="octet">Which octet.</param>
    static abstract Octet Load(ArrayView<Packet> packets, long octet);

    /// <summary>Rounds an octet to nearest, ties to even, and writes it.</summary>
    /// <param name="packets">[octet, <see cref="PacketsPerOctet"/>].</param>
    /// <param name="octet">Which octet.</param>
    /// <param name="value">The eight elements.</param>
    static abstract void Store(ArrayView<Packet> packets, long octet, Octet value);

    /// <summary>Reads and widens one element.</summary>
    /// <param name="packets">[octet, <see cref="PacketsPerOctet"/>].</param>
    /// <param name="element">Which element, counted from the first octet's first.</param>
    static abstract float LoadElement(ArrayView<Packet> packets, long element);

    /// <summary>Widens one element of a word of memory.</summary>
    /// <param name="word">Four bytes.</param>
    /// <param name="index">Which of its elements: 0, or 1 for the upper half of elements of two bytes.</param>
    static abstract float Widen(uint word, int index);

    /// <summary>Rounds one element to nearest, ties to even, and writes it.</summary>
    /// <param name="packets">[octet, <see cref="PacketsPerOctet"/>].</param>
    /// <param name="element">Which element, counted from the first octet's first.</param>
    /// <param name="value">The element.</param>
    static abstract void StoreElement(ArrayView<Packet> packets, long element, float value);

    /// <summary>The value after a journey through this type: rounded to nearest, ties to even.</summary>
    static abstract float Round(float value);
}
