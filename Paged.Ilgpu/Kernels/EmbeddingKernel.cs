using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels;

/// <summary>Copies each token's row of the embedding into the residual stream. One group a token.</summary>
public static class EmbeddingKernel
{
    /// <summary>The kernel.</summary>
    public static void Run<TWeight>(
        ArrayView<int> tokenIds, // [token]
        ArrayView<Packet> embedding, // packed [vocabulary, hidden], see PackedLayout
        ArrayView<Packet> residual, // [token, hiddenOctet], float32
        int hiddenOctets,
        SpecializedValue<int> groupSize)
        where TWeight : struct, IElement
    {
        long source = PackedLayout.FirstOctet(tokenIds[Grid.IdxX], hiddenOctets);
        long target = (long)Grid.IdxX * hiddenOctets;
        for (int octet = Group.IdxX; octet < hiddenOctets; octet += groupSize)
            Float32.Store(residual, target + octet, TWeight.Load(embedding, source + (long)octet * PackedLayout.ColumnsPerTile));
    }
}
