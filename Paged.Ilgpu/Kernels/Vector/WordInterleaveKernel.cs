using ILGPU;

namespace Paged.Ilgpu.Kernels.Vector;

/// <summary>
/// Brings a packed matrix from the order of <see cref="PackedLayout"/> into that of <see cref="WordLayout"/>, in place. A work item takes
/// an octet of a tile's eight columns. It runs once for each matrix, when a model is loaded.
/// </summary>
public static class WordInterleaveKernel
{
    private const int MostWords = PackedLayout.ColumnsPerTile * Octet.Length;

    /// <summary>The kernel. Grid: [octet of all tiles].</summary>
    public static void Run<TElement>(
        Index1D octetOfTile,
        ArrayView<uint> words) // [octetOfTile, columnInTile, word] before, [octetOfTile, word, columnInTile] after
        where TElement : struct, IWeightElement
    {
        int wordsPerOctet = WordLayout.WordsPerOctet<TElement>();
        long first = (long)octetOfTile.X * PackedLayout.ColumnsPerTile * wordsPerOctet;
        ArrayView<uint> before = LocalMemory.Allocate<uint>(MostWords);
        for (int index = 0; index < PackedLayout.ColumnsPerTile * wordsPerOctet; index++)
            before[index] = words[first + index];
        for (int index = 0; index < PackedLayout.ColumnsPerTile * wordsPerOctet; index++)
        {
            int word = index / PackedLayout.ColumnsPerTile;
            int column = index % PackedLayout.ColumnsPerTile;
            words[first + index] = before[column * wordsPerOctet + word];
        }
    }
}
