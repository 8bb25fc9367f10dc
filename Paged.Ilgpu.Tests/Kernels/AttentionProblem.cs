using Paged.Ilgpu.Tests.Reference;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels;

/// <summary>The heads of a layer and the types it computes with.</summary>
internal sealed record AttentionHeads(
    int KeyValueHeadCount, int HeadsPerKeyValueHead, int HeadDim, ElementType KeyValueType, ElementType WeightType = ElementType.Float32)
{
    public int HeadCount => KeyValueHeadCount * HeadsPerKeyValueHead;

    public int QueryWidth => HeadCount * HeadDim;

    public int KeyValueWidth => KeyValueHeadCount * HeadDim;
}

/// <summary>A sequence's queries, keys and values at every position, rounded to the KV type, whatever part of it a step runs.</summary>
internal sealed class AttentionText
{
    public AttentionText(AttentionHeads heads, int length, int seed)
    {
        var random = new Random(seed);
        Queries = Rows(heads.QueryWidth);
        Keys = Rows(heads.KeyValueWidth);
        Values = Rows(heads.KeyValueWidth);

        float[][] Rows(int width) => [.. Enumerable.Range(0, length).Select(_ =>
            Rounding.To(heads.KeyValueType, RandomLlama.Uniform(random, width, spread: 1.5)))];
    }

    public float[][] Queries { get; } // [position][head, headDim]

    public float[][] Keys { get; } // [position][kvHead, headDim]

    public float[][] Values { get; } // [position][kvHead, headDim]
}

/// <summary>Consecutive tokens of a sequence that a step runs.</summary>
internal readonly record struct AttentionRun(AttentionText Text, int FirstPosition, int Length)
{
    public int ContextLength => FirstPosition + Length;
}

/// <summary>How a step is laid out on a device: nothing of this may change a bit of the result.</summary>
internal sealed record AttentionLayout(int TileHeight, int BlockSize = 16, int PlacementSeed = 1, int? GroupSize = null, int PartitionsPerGroup = 1);
