using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels;

/// <summary>
/// Rotary position embedding (Su et al. 2021) of queries and keys, fused with the write of keys and values into the paged cache. Pairs
/// are Meta's interleaved ones, elements 2i and 2i + 1. One group a token and head: the query heads first, then the key heads, then
/// the value heads.
/// </summary>
public static class RopeKernel
{
    /// <summary>The kernel. Grid: [token, head + 2 × kvHead].</summary>
    public static void Run<TKeyValue, TQuery>(
        StepView step,
        ArrayView<float> projected, // [token, head + kvHead + kvHead, headDim]
        ArrayView<Rotation> rotations, // [position, headDim / 2]
        ArrayView<Packet> queries, // [kvHead, token, headInGroup, octet], rounded to the cache's type
        ArrayView<Packet> cache, // see KvLayout
        KvLayout layout,
        AttentionShape shape,
        int layer,
        SpecializedValue<int> groupSize)
        where TKeyValue : struct, IElement
        where TQuery : struct, IElement
    {
        LaunchOrder.LetNextBegin();
        int token = Grid.IdxX;
        int head = Grid.IdxY;
        int headCount = shape.HeadsPerKeyValueHead * layout.KeyValueHeadCount;
        bool isQuery = head < headCount;
        bool isValue = head >= headCount + layout.KeyValueHeadCount;
        int position = step.Positions[token];
        long source = ((long)token * (headCount + 2 * layout.KeyValueHeadCount) + head) * shape.HeadDim;
        long rotationRow = (long)position * (shape.HeadDim / 2);

        long target;
        if (isQuery)
        {
            int keyValueHead = head / shape.HeadsPerKeyValueHead;
            int headInGroup = head % shape.HeadsPerKeyValueHead;
            target = (((long)keyValueHead * shape.TokenCapacity + token) * shape.HeadsPerKeyValueHead + headInGroup) * layout.HeadOctets;
        }
        else
        {
            int tableEntry = step.BlockTableStarts[step.TokenSequences[token]] + position / layout.BlockSize;
            int keyValueHead = (head - headCount) % layout.KeyValueHeadCount;
            target = layout.KeyOctet(step.BlockIds[tableEntry], layer, keyValueHead, position % layout.BlockSize);
            if (isValue)
                target += layout.ValueOffset;
        }

        LaunchOrder.AwaitPrevious();
        for (int octet = Group.IdxX; octet < layout.HeadOctets; octet += groupSize)
        {
            Octet values = default;
            int element = octet * Octet.Length;
            ReadPair(projected, rotations, source, rotationRow, element, shape.HeadDim, isValue, ref values.E0, ref values.E1);
            ReadPair(projected, rotations, source, rotationRow, element + 2, shape.HeadDim, isValue, ref values.E2, ref values.E3);
            ReadPair(projected, rotations, source, rotationRow, element + 4, shape.HeadDim, isValue, ref values.E4, ref values.E5);
            ReadPair(projected, rotations, source, rotationRow, element + 6, shape.HeadDim, isValue, ref values.E6, ref values.E7);
            if (isQuery)
                TQuery.Store(queries, target + octet, Octet.Round<TKeyValue>(values));
            else
                TKeyValue.Store(cache, target + octet, values);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ReadPair(
        ArrayView<float> projected,
        ArrayView<Rotation> rotations,
        long source,
        long rotationRow,
        int element,
        int headDim,
        bool isValue,
        ref float even,
        ref float odd)
    {
        if (element >= headDim)
            return;
        even = projected[source + element];
        odd = projected[source + element + 1];
        if (isValue)
            return;
        Rotation rotation = rotations[rotationRow + element / 2];
        float rotated = even * rotation.Cosine - odd * rotation.Sine;
        odd = even * rotation.Sine + odd * rotation.Cosine;
        even = rotated;
    }
}
