using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels;

/// <summary>
/// Rotary position embedding (Su et al. 2021) of queries and keys, fused with the write of keys and values into the paged cache. Pairs
/// are Meta's interleaved ones, elements 2i and 2i + 1. One group for eight heads of a token, the octets of a head being fewer than the items of a GPU's
/// group: the query heads come first, then the key heads, then the value heads.
/// </summary>
public static class RopeKernel
{
    /// <summary>Heads of a group.</summary>
    public const int HeadsPerGroup = 8;

    /// <summary>The kernel. Grid: [token, (head + 2 × kvHead) / 8], rounded up.</summary>
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
        int position = step.Positions[token];
        int tableIndex = layout.TableEntry(position);
        int block = step.BlockIds[step.BlockTableStarts[step.TokenSequences[token]] + tableIndex];
        int slot = position - tableIndex * layout.BlockSize;
        int headCount = shape.HeadsPerKeyValueHead * layout.KeyValueHeadCount;
        int allHeads = headCount + 2 * layout.KeyValueHeadCount;
        int firstHead = Grid.IdxY * HeadsPerGroup;
        int octets = IntrinsicMath.Min(HeadsPerGroup, allHeads - firstHead) * layout.HeadOctets;

        LaunchOrder.AwaitPrevious();
        for (int index = Group.IdxX; index < octets; index += groupSize)
        {
            int headInBlock = index / layout.HeadOctets;
            int octet = index - headInBlock * layout.HeadOctets;
            int head = firstHead + headInBlock;
            bool isQuery = head < headCount;
            bool isValue = head >= headCount + layout.KeyValueHeadCount;
            long source = ((long)token * allHeads + head) * shape.HeadDim;
            long rotationRow = (long)position * (shape.HeadDim / 2);
            int element = octet * Octet.Length;
            Octet values = default;
            ReadPair(projected, rotations, source, rotationRow, element, shape.HeadDim, isValue, ref values.E0, ref values.E1);
            ReadPair(projected, rotations, source, rotationRow, element + 2, shape.HeadDim, isValue, ref values.E2, ref values.E3);
            ReadPair(projected, rotations, source, rotationRow, element + 4, shape.HeadDim, isValue, ref values.E4, ref values.E5);
            ReadPair(projected, rotations, source, rotationRow, element + 6, shape.HeadDim, isValue, ref values.E6, ref values.E7);
            if (isQuery)
            {
                int keyValueHead = head / shape.HeadsPerKeyValueHead;
                int headInGroup = head - keyValueHead * shape.HeadsPerKeyValueHead;
                long row = ((long)keyValueHead * shape.TokenCapacity + token) * shape.HeadsPerKeyValueHead + headInGroup;
                TQuery.Store(queries, row * layout.HeadOctets + octet, Octet.Round<TKeyValue>(values));
            }
            else
            {
                int keyValueHead = head - headCount - (isValue ? layout.KeyValueHeadCount : 0);
                long target = layout.KeyOctet(block, layer, keyValueHead, slot) + (isValue ? layout.ValueOffset : 0);
                TKeyValue.Store(cache, target + octet, values);
            }
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
