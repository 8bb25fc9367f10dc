using ILGPU;

namespace Paged.Ilgpu.Kernels;

/// <summary>How the elements of a linear layer's weights lie in memory, given to a kernel as a type parameter: any type of elements, or <see cref="Int8"/>.</summary>
public interface IWeightElement
{
    /// <summary>Words of four bytes that an octet of these elements takes: 8 for float32, 4, or 2 for eight bits.</summary>
    static abstract int WordsPerOctet { get; }

    /// <summary>Reads and widens an octet.</summary>
    /// <param name="packets">[octet], without gaps.</param>
    /// <param name="octet">Which octet.</param>
    static abstract Octet Load(ArrayView<Packet> packets, long octet);

    /// <summary>Widens one element of a word of memory.</summary>
    /// <param name="word">Four bytes.</param>
    /// <param name="index">Which of its elements, the lowest first.</param>
    static abstract float Widen(uint word, int index);

    /// <summary>The finished sum of products with these elements, in the units that the weights had.</summary>
    /// <param name="sum">The sum over input features.</param>
    /// <param name="scales">[column]; not read where elements need none.</param>
    /// <param name="column">Output feature.</param>
    static abstract float Scale(float sum, ArrayView<float> scales, int column);
}
