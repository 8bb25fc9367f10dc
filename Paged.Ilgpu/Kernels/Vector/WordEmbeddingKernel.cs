using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Vector;

/// <summary>Copies each token's row of the embedding into the residual stream, from the order of <see cref="WordLayout"/>. One group a token.</summary>
public static class WordEmbeddingKernel
{
    /// <summary>The kernel.</summary>
    public static void Run<TWeight>(
        ArrayView<int> tokenIds, // [token]
        ArrayView<uint> embedding, // packed [vocabulary, hidden], see WordLayout
        ArrayView<float> residual, // [token, hidden padded to octets], float32
        int hiddenOctets,
        SpecializedValue<int> groupSize)
        where TWeight : struct, IElement
    {
        int id = tokenIds[Grid.IdxX];
        int inputsPerWord = WordLayout.InputsPerWord<TWeight>();
        int words = hiddenOctets * WordLayout.WordsPerOctet<TWeight>();
        long source = (long)(id / PackedLayout.ColumnsPerTile) * words * PackedLayout.ColumnsPerTile + id % PackedLayout.ColumnsPerTile;
        long target = (long)Grid.IdxX * hiddenOctets * Octet.Length;
        for (int word = Group.IdxX; word < words; word += groupSize)
        {
            uint elements = embedding[source + (long)word * PackedLayout.ColumnsPerTile];
            for (int index = 0; index < inputsPerWord; index++)
                residual[target + word * inputsPerWord + index] = TWeight.Widen(elements, index);
        }
    }
}
