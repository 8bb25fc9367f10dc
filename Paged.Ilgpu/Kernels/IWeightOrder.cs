using System.Runtime.CompilerServices;
using ILGPU;
using Paged.Ilgpu.Kernels.Cuda;

namespace Paged.Ilgpu.Kernels;

/// <summary>Where a weight matrix's octets lie, given to a kernel as a type parameter.</summary>
public interface IWeightOrder
{
    /// <summary>Reads and widens an octet.</summary>
    /// <param name="packets">The matrix.</param>
    /// <param name="column">Output feature.</param>
    /// <param name="octet">Octet of its input features.</param>
    /// <param name="octets">Octets of the input features.</param>
    static abstract Octet Load<TWeight>(ArrayView<Packet> packets, int column, int octet, int octets)
        where TWeight : struct, IElement;
}

/// <summary>The order of <see cref="PackedLayout"/>.</summary>
public readonly struct InterleavedOrder : IWeightOrder
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet Load<TWeight>(ArrayView<Packet> packets, int column, int octet, int octets)
        where TWeight : struct, IElement =>
        TWeight.Load(packets, PackedLayout.FirstOctet(column, octets) + (long)octet * PackedLayout.ColumnsPerTile);
}

/// <summary>The order of <see cref="MatrixLayout"/>, for elements of two bytes.</summary>
public readonly struct MatrixOrder : IWeightOrder
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Octet Load<TWeight>(ArrayView<Packet> packets, int column, int octet, int octets)
        where TWeight : struct, IElement
    {
        ArrayView<uint> words = packets.Cast<uint>();
        long first = MatrixLayout.FirstWord(column, octet, octets);
        uint word0 = words[first];
        uint word1 = words[first + MatrixLayout.WordsToNextPair];
        uint word2 = words[first + 2 * MatrixLayout.WordsToNextPair];
        uint word3 = words[first + 3 * MatrixLayout.WordsToNextPair];
        Octet result;
        result.E0 = TWeight.Widen(word0, 0);
        result.E1 = TWeight.Widen(word0, 1);
        result.E2 = TWeight.Widen(word1, 0);
        result.E3 = TWeight.Widen(word1, 1);
        result.E4 = TWeight.Widen(word2, 0);
        result.E5 = TWeight.Widen(word2, 1);
        result.E6 = TWeight.Widen(word3, 0);
        result.E7 = TWeight.Widen(word3, 1);
        return result;
    }
}
