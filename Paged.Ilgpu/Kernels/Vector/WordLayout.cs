using System.Runtime.CompilerServices;

namespace Paged.Ilgpu.Kernels.Vector;

/// <summary>
/// Where a weight matrix's elements lie for devices that compute with vector registers: the eight columns of a tile of
/// <see cref="PackedLayout"/> are interleaved word by word (four bytes) instead of packet by packet, [columnTile, word, columnInTile]. Two
/// packets are then one word of each column, and widened they are vectors of eight columns: of two input features where an element has
/// two bytes, of one where it has four, of four where it has one. Every octet of a tile stays in its place, so that the one order is made from the other there.
/// </summary>
public static class WordLayout
{
    /// <summary>Packets that hold one word of each column of a tile.</summary>
    public const int PacketsPerWord = 2;

    /// <summary>Words of one octet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int WordsPerOctet<TElement>()
        where TElement : struct, IWeightElement => TElement.WordsPerOctet;

    /// <summary>Input features of one word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int InputsPerWord<TElement>()
        where TElement : struct, IWeightElement => Octet.Length / WordsPerOctet<TElement>();

    /// <summary>The first packet of a tile.</summary>
    /// <param name="tile">Which tile of eight columns.</param>
    /// <param name="octets">Octets of the input features.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long FirstPacket<TElement>(int tile, int octets)
        where TElement : struct, IWeightElement => (long)tile * octets * TElement.WordsPerOctet * PacketsPerWord;

    /// <summary>Widens one element of a word of each of a tile's eight columns.</summary>
    /// <param name="low">The words of columns 0 to 3.</param>
    /// <param name="high">The words of columns 4 to 7.</param>
    /// <param name="index">Which element of the words.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet Widen<TElement>(Packet low, Packet high, int index)
        where TElement : struct, IWeightElement
    {
        Octet result;
        result.E0 = TElement.Widen(low.Word0, index);
        result.E1 = TElement.Widen(low.Word1, index);
        result.E2 = TElement.Widen(low.Word2, index);
        result.E3 = TElement.Widen(low.Word3, index);
        result.E4 = TElement.Widen(high.Word0, index);
        result.E5 = TElement.Widen(high.Word1, index);
        result.E6 = TElement.Widen(high.Word2, index);
        result.E7 = TElement.Widen(high.Word3, index);
        return result;
    }
}
