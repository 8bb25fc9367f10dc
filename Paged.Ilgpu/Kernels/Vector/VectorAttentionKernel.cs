using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Vector;

/// <summary>
/// Causal attention over the paged cache for devices that compute with vector registers: <see cref="AttentionKernel"/>'s partitions and
/// merge, by one work item for each tile of rows and KV head. A dot product is summed in eight lanes, and so are the probabilities of a
/// partition; which element goes to which lane depends on its place alone.
/// </summary>
public static class VectorAttentionKernel
{
    private const int PartitionSize = AttentionKernel.PartitionSize;

    /// <summary>Floats of scratch memory that a work item needs.</summary>
    /// <param name="tileHeight">Rows of the tile.</param>
    /// <param name="headOctets">Octets of one head.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ScratchFloats(int tileHeight, int headOctets) =>
        tileHeight * (PartitionSize + Octet.Length + headOctets * Octet.Length + Softmax.StateSize);

    /// <summary>The kernel. Grid: [tile, kvHead], groups of one item.</summary>
    public static void Run<TKeyValue, TWeight, TInput, TTile>(
        StepView step,
        ArrayView<AttentionTile> tiles, // [tile]
        ArrayView<float> queries, // [kvHead, token, headInGroup, octet, element], rounded to the cache's type
        ArrayView<Packet> cache, // see KvLayout
        ArrayView<Packet> output, // [token, outputStride], heads side by side, rounded to the weights' type and stored as the next layer takes it
        ArrayView<float> scratch, // [tile, kvHead, ScratchFloats]
        KvLayout layout,
        AttentionShape shape,
        int layer,
        SpecializedValue<int> headOctets)
        where TKeyValue : struct, IElement
        where TWeight : struct, IElement
        where TInput : struct, IElement
        where TTile : struct, IOctetTile<TTile>
    {
        int headWidth = headOctets * Octet.Length;
        int scratchFloats = ScratchFloats(TTile.Height, headOctets);
        ArrayView<float> scores = scratch.SubView((Grid.IdxX * Grid.DimY + (long)Grid.IdxY) * scratchFloats, scratchFloats); // [row, position in partition]
        int partials = TTile.Height * PartitionSize; // [row, element of an octet]
        int results = partials + TTile.Height * Octet.Length; // [row, octet, element]
        int states = results + TTile.Height * headWidth; // [row, Softmax.StateSize]

        AttentionTile tile = tiles[Grid.IdxX];
        int firstToken = step.SequenceStarts[tile.Sequence];
        int runLength = step.SequenceStarts[tile.Sequence + 1] - firstToken;
        int rows = IntrinsicMath.Min(TTile.Height, runLength * shape.HeadsPerKeyValueHead - tile.FirstRow);
        var reach = new CausalReach(step.ContextLengths[tile.Sequence] - runLength, tile.FirstRow, shape.HeadsPerKeyValueHead);
        int context = reach.PositionOf(rows - 1) + 1;
        var blocks = new BlockWalk(step.BlockIds, step.BlockTableStarts[tile.Sequence], layout, layer);
        long firstQuery = (((long)Grid.IdxY * shape.TokenCapacity + firstToken) * shape.HeadsPerKeyValueHead + tile.FirstRow) * headWidth;

        for (int start = 0; start < context; start += PartitionSize)
        {
            int positions = IntrinsicMath.Min(PartitionSize, context - start);
            for (int position = 0; position < positions;)
            {
                int run = blocks.RunLength(start + position, positions - position);
                long key = blocks.KeyOctet(start + position);
                for (int end = position + run; position < end; position++, key += headOctets)
                {
                    TTile dots = default;
                    for (int octet = 0; octet < headOctets; octet++)
                    {
                        dots = TTile.MultiplyAddOctets(
                            dots, VectorMath.LoadElements<TKeyValue>(cache, key + octet), queries, firstQuery + octet * Octet.Length, headWidth);
                    }

                    TTile.StoreSums(dots, scores, partials, position, PartitionSize, shape.Scale);
                }
            }

            for (int row = 0; row < rows; row++)
            {
                int visible = reach.Visible(row, start);
                if (visible > 0)
                    Softmax.Advance<TKeyValue>(scores, row * PartitionSize, visible, states + row * Softmax.StateSize, start == 0);
            }

            // What all rows see they sum together, the rest each for itself, in the order of positions.
            int common = IntrinsicMath.Max(reach.Visible(0, start), 0);
            for (int octet = 0; octet < headOctets; octet++)
            {
                TTile sums = default;
                for (int position = 0; position < common;)
                {
                    int run = blocks.RunLength(start + position, common - position);
                    long value = blocks.KeyOctet(start + position) + layout.ValueOffset + octet;
                    for (int end = position + run; position < end; position++, value += headOctets)
                        sums = TTile.MultiplyAddFactors(sums, VectorMath.LoadElements<TKeyValue>(cache, value), scores, position, PartitionSize);
                }

                TTile.StoreOctets(sums, scores, partials, Octet.Length);
                for (int row = 0; row < rows; row++)
                {
                    int visible = reach.Visible(row, start);
                    if (visible <= 0)
                        continue;
                    Octet sum = VectorMath.Load(scores, partials + row * Octet.Length);
                    for (int position = common; position < visible; position++)
                    {
                        long value = blocks.KeyOctet(start + position) + layout.ValueOffset + octet;
                        sum = Octet.FusedMultiplyAdd(
                            sum, scores[row * PartitionSize + position], VectorMath.LoadElements<TKeyValue>(cache, value));
                    }

                    Softmax.Merge(scores, results + row * headWidth + octet * Octet.Length, sum, states + row * Softmax.StateSize, start == 0);
                }
            }
        }

        for (int row = 0; row < rows; row++)
        {
            int token = firstToken + (tile.FirstRow + row) / shape.HeadsPerKeyValueHead;
            int head = Grid.IdxY * shape.HeadsPerKeyValueHead + (tile.FirstRow + row) % shape.HeadsPerKeyValueHead;
            long target = (long)token * shape.OutputStride + head * shape.HeadDim;
            float sum = Softmax.Sum(scores, states + row * Softmax.StateSize);
            for (int element = 0; element < shape.HeadDim; element++)
                TInput.StoreElement(output, target + element, TWeight.Round(scores[results + row * headWidth + element] / sum));
        }
    }
}
