using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels;

/// <summary>
/// Causal attention over the paged cache (Kwon et al. 2023, section 4.1) with grouped queries. One group a tile of rows and KV head; a
/// decode token and a prefill chunk differ only in the tile's height. The context is walked in fixed partitions of positions; a
/// row's softmax within a partition refers to that partition's own maximum, and partitions are merged in order (the merge of
/// FlashAttention, Dao et al. 2022, section 3.1), so a row's result depends on its position alone, not on what shares the tile.
/// </summary>
public static class AttentionKernel
{
    /// <summary>Positions of one partition.</summary>
    public const int PartitionSize = 128;

    // A row's softmax is split into a fixed number of strands, so that the group's size does not change the order of the sum.
    private const int Strands = 16;

    // A row's maximum and sum so far, and the factors of what was and of what comes in the merge.
    private const int StateSize = 4;
    private const int Maximum = 0;
    private const int Sum = 1;
    private const int OldFactor = 2;
    private const int NewFactor = 3;

    /// <summary>Floats of shared memory that a group needs.</summary>
    /// <param name="tileHeight">Rows of the tile.</param>
    /// <param name="headOctets">Octets of one head.</param>
    public static int SharedFloats(int tileHeight, int headOctets) =>
        tileHeight * (PartitionSize + 2 * Strands + StateSize + headOctets * Octet.Length);

    /// <summary>The kernel. Grid: [tile, kvHead].</summary>
    public static void Run<TKeyValue, TWeight, TInput, TTile>(
        StepView step,
        ArrayView<AttentionTile> tiles, // [tile]
        ArrayView<Packet> queries, // [kvHead, token, headInGroup, octet], float32 rounded to the cache's type
        ArrayView<Packet> cache, // see KvLayout
        ArrayView<Packet> output, // [token, outputStride], heads side by side, rounded to the weights' type and stored as the next layer takes it
        ArrayView<float> scratch, // [tile, kvHead, SharedFloats], used in place of shared memory by groups of 1
        KvLayout layout,
        AttentionShape shape,
        int layer,
        SpecializedValue<int> headOctets,
        SpecializedValue<int> groupSize)
        where TKeyValue : struct, IElement
        where TWeight : struct, IElement
        where TInput : struct, IElement
        where TTile : struct, IRowTile<TTile>
    {
        // Static, not dynamic: with dynamic shared memory groups that ran side by side on PoCL 6 overwrote each other (3 in 1,000 launches).
        // A group of 1 has nobody to share with, and the CPU accelerator would allocate shared memory anew for every group.
        int sharedFloats = SharedFloats(TTile.Height, headOctets);
        ArrayView<float> shared = groupSize == 1
            ? scratch.SubView((Grid.IdxX * Grid.DimY + (long)Grid.IdxY) * sharedFloats, sharedFloats)
            : SharedMemory.Allocate<float>(SharedFloats(TTile.Height, headOctets));
        int strandMaxima = TTile.Height * PartitionSize; // [row, strand], after the scores, [row, position in partition]
        int strandSums = strandMaxima + TTile.Height * Strands; // [row, strand]
        int states = strandSums + TTile.Height * Strands; // [row, StateSize]
        int results = states + TTile.Height * StateSize; // [row, octet, element]

        AttentionTile tile = tiles[Grid.IdxX];
        int firstToken = step.SequenceStarts[tile.Sequence];
        int runLength = step.SequenceStarts[tile.Sequence + 1] - firstToken;
        int firstPosition = step.ContextLengths[tile.Sequence] - runLength;
        int rows = IntrinsicMath.Min(TTile.Height, runLength * shape.HeadsPerKeyValueHead - tile.FirstRow);
        int context = firstPosition + (tile.FirstRow + rows - 1) / shape.HeadsPerKeyValueHead + 1;
        long blockTable = step.BlockTableStarts[tile.Sequence];
        long firstQuery = (((long)Grid.IdxY * shape.TokenCapacity + firstToken) * shape.HeadsPerKeyValueHead + tile.FirstRow)
            * headOctets;

        for (int start = 0; start < context; start += PartitionSize)
        {
            // Scores: an item takes a position and multiplies its key with all rows' queries.
            int positions = IntrinsicMath.Min(PartitionSize, context - start);
            for (int position = Group.IdxX; position < positions; position += groupSize)
            {
                long key = KeyOctet(step, layout, blockTable, layer, start + position);
                TTile dots = default;
                for (int octet = 0; octet < headOctets; octet++)
                    dots = TTile.MultiplyAdd(dots, TKeyValue.Load(cache, key + octet), queries, firstQuery + octet, headOctets);
                TTile.ForEach(dots, new ScoreReceiver(shared, position, shape.Scale), 0);
            }

            Synchronize(groupSize);

            // Each strand's maximum over the positions that its row may see.
            for (int item = Group.IdxX; item < rows * Strands; item += groupSize)
            {
                int row = item / Strands;
                int visible = Visible(tile, shape, firstPosition, row, start);
                float maximum = float.NegativeInfinity;
                for (int position = item % Strands; position < visible; position += Strands)
                    maximum = IntrinsicMath.Max(maximum, shared[row * PartitionSize + position]);
                shared[strandMaxima + item] = maximum;
            }

            Synchronize(groupSize);

            // Probabilities relative to the partition's maximum: summed as they are, kept as rounded.
            for (int item = Group.IdxX; item < rows * Strands; item += groupSize)
            {
                int row = item / Strands;
                int visible = Visible(tile, shape, firstPosition, row, start);
                float maximum = RowMaximum(shared, strandMaxima + row * Strands);
                float sum = 0;
                for (int position = item % Strands; position < visible; position += Strands)
                {
                    float probability = XMath.Exp(shared[row * PartitionSize + position] - maximum);
                    sum += probability;
                    shared[row * PartitionSize + position] = TKeyValue.Round(probability);
                }

                shared[strandSums + item] = sum;
            }

            Synchronize(groupSize);

            // The merge: what was so far and this partition, both relative to the larger of their maxima.
            for (int row = Group.IdxX; row < rows; row += groupSize)
            {
                if (Visible(tile, shape, firstPosition, row, start) > 0)
                    Merge(shared, states + row * StateSize, strandMaxima + row * Strands, strandSums + row * Strands, start == 0);
            }

            Synchronize(groupSize);

            // Values: an item takes an octet of a row's result.
            for (int item = Group.IdxX; item < rows * headOctets; item += groupSize)
            {
                int row = item / headOctets;
                int visible = Visible(tile, shape, firstPosition, row, start);
                if (visible <= 0)
                    continue;
                Octet sums = default;
                for (int position = 0; position < visible; position++)
                {
                    long value = KeyOctet(step, layout, blockTable, layer, start + position) + layout.ValueOffset;
                    Octet values = TKeyValue.Load(cache, value + item % headOctets);
                    sums = Octet.MultiplyAdd(sums, shared[row * PartitionSize + position], values);
                }

                int state = states + row * StateSize;
                if (start > 0)
                {
                    Octet before = LoadShared(shared, results + item * Octet.Length);
                    sums = shared[state + NewFactor] == 1
                        ? Octet.MultiplyAdd(sums, shared[state + OldFactor], before)
                        : Octet.MultiplyAdd(before, shared[state + NewFactor], sums);
                }

                StoreShared(shared, results + item * Octet.Length, sums);
            }

            Synchronize(groupSize);
        }

        for (int item = Group.IdxX; item < rows * shape.HeadDim; item += groupSize)
        {
            int row = item / shape.HeadDim;
            int element = item % shape.HeadDim;
            int token = firstToken + (tile.FirstRow + row) / shape.HeadsPerKeyValueHead;
            int head = Grid.IdxY * shape.HeadsPerKeyValueHead + (tile.FirstRow + row) % shape.HeadsPerKeyValueHead;
            float result = shared[results + row * headOctets * Octet.Length + element] / shared[states + row * StateSize + Sum];
            TInput.StoreElement(output, (long)token * shape.OutputStride + head * shape.HeadDim + element, TWeight.Round(result));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Synchronize(int groupSize)
    {
        if (groupSize > 1)
            Group.Barrier();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long KeyOctet(StepView step, KvLayout layout, long blockTable, int layer, int position) => layout.KeyOctet(
        step.BlockIds[blockTable + position / layout.BlockSize], layer, Grid.IdxY, position % layout.BlockSize);

    /// <summary>How many positions of the partition the row may see: those up to its own.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Visible(AttentionTile tile, AttentionShape shape, int firstPosition, int row, int start)
    {
        int rowPosition = firstPosition + (tile.FirstRow + row) / shape.HeadsPerKeyValueHead;
        return IntrinsicMath.Min(PartitionSize, rowPosition + 1 - start);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float RowMaximum(ArrayView<float> shared, int strandMaxima)
    {
        float maximum = shared[strandMaxima];
        for (int strand = 1; strand < Strands; strand++)
            maximum = IntrinsicMath.Max(maximum, shared[strandMaxima + strand]);
        return maximum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Merge(ArrayView<float> shared, int state, int strandMaxima, int strandSums, bool isFirst)
    {
        float maximum = RowMaximum(shared, strandMaxima);
        float sum = 0;
        for (int strand = 0; strand < Strands; strand++)
            sum += shared[strandSums + strand];

        // The larger maximum's side is taken as it is, so that a single product enters each sum: of two, a compiler could choose which one
        // to fuse with the addition, and choose differently at another tile height.
        float newFactor = 1;
        if (!isFirst)
        {
            float maximumBefore = shared[state + Maximum];
            float sumBefore = shared[state + Sum];
            if (maximum >= maximumBefore)
            {
                float oldFactor = XMath.Exp(maximumBefore - maximum);
                sum += sumBefore * oldFactor;
                shared[state + OldFactor] = oldFactor;
            }
            else
            {
                newFactor = XMath.Exp(maximum - maximumBefore);
                sum = sumBefore + sum * newFactor;
                maximum = maximumBefore;
                shared[state + OldFactor] = 1;
            }
        }

        shared[state + Maximum] = maximum;
        shared[state + Sum] = sum;
        shared[state + NewFactor] = newFactor;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Octet LoadShared(ArrayView<float> shared, int index)
    {
        Octet result;
        result.E0 = shared[index];
        result.E1 = shared[index + 1];
        result.E2 = shared[index + 2];
        result.E3 = shared[index + 3];
        result.E4 = shared[index + 4];
        result.E5 = shared[index + 5];
        result.E6 = shared[index + 6];
        result.E7 = shared[index + 7];
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreShared(ArrayView<float> shared, int index, Octet value)
    {
        shared[index] = value.E0;
        shared[index + 1] = value.E1;
        shared[index + 2] = value.E2;
        shared[index + 3] = value.E3;
        shared[index + 4] = value.E4;
        shared[index + 5] = value.E5;
        shared[index + 6] = value.E6;
        shared[index + 7] = value.E7;
    }

    private readonly struct ScoreReceiver(ArrayView<float> shared, int position, float scale) : IRowReceiver
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Receive(int row, float sum) => shared[row * PartitionSize + position] = sum * scale;
    }
}
