using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels;

/// <summary>
/// Copies each token's row of the embedding into the residual stream. One group a token. A step begins with it, and it waits for all in front of it: see
/// <see cref="LaunchOrder"/>.
/// </summary>
public static class EmbeddingKernel
{
    /// <summary>The kernel.</summary>
    public static void Run<TWeight, TOrder>(
        ArrayView<int> tokenIds, // [token]
        ArrayView<Packet> embedding, // packed [vocabulary, hidden]
        ArrayView<Packet> residual, // [token, hiddenOctet], float32
        int hiddenOctets,
        SpecializedValue<int> groupSize)
        where TWeight : struct, IElement
        where TOrder : struct, IWeightOrder
    {
        int token = tokenIds[Grid.IdxX];
        long target = (long)Grid.IdxX * hiddenOctets;
        for (int octet = Group.IdxX; octet < hiddenOctets; octet += groupSize)
            Float32.Store(residual, target + octet, TOrder.Load<TWeight>(embedding, token, octet, hiddenOctets));
    }
}
