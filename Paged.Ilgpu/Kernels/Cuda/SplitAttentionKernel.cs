using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Paged attention of up to 16 rows, the query heads that share a KV head, on the matrix unit, bound by reading keys and values. A group is one
/// warp and computes some partitions of positions (flash-decoding, Dao et al. 2023): one where few sequences must fill a device, all of a sequence's where there are many, and then
/// they are merged as they come. Else each is laid down, and the group of a tile that ends last merges them, in their order. Gives the same bits as <see cref="LongAttentionKernel"/>.
/// </summary>
public static class SplitAttentionKernel
{
    /// <summary>Items of a group.</summary>
    public const int GroupSize = MatrixLayout.Lanes;

    /// <summary>Groups that run on a multiprocessor of an H100 at a time.</summary>
    public const int GroupsPerMultiprocessor = 4;

    /// <summary>What the compiler is told of launches.</summary>
    public static readonly KernelSpecialization LaunchBounds = new(GroupSize, GroupsPerMultiprocessor);

    private const int Warps = 1;
    private const int MostPackets = (48 << 10) / Packet.SizeInBytes;

    /// <summary>The kernel. Grid: [kvHead × parts, tile, partition / partitionsPerGroup].</summary>
    public static void Run<TUnit, TMemory, TInput, TSums, TParts>(
        StepView step,
        ArrayView<AttentionTile> tiles, // [tile]
        PacketSource queries, // [kvHead, token, headInGroup, octet]
        PacketSource cache, // see KvLayout
        ArrayView<Packet> output, // [token, outputStride], heads side by side
        AttentionPartials partials,
        KvLayout layout,
        AttentionShape shape,
        int layer,
        int partitionsPerGroup)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TInput : struct, IElement
        where TSums : struct, IHeadSums<TSums>
        where TParts : struct, IHeadParts
    {
        int firstSlot = PartitionAttention.FirstSlot<TSums, TParts>(Warps);
        int slots = (MostPackets - firstSlot) / KeyValueRing.PacketsPerSlot<TSums>();
        ArrayView<uint> exchange = TUnit.AllocateExchange(Warps);
        StagedPackets staged = TMemory.Allocate(firstSlot + slots * KeyValueRing.PacketsPerSlot<TSums>());

        AttentionTile tile = tiles[Grid.IdxY];
        TileRows rows = TileRows.Of(step, tile, shape, 0, TileRows.PerWarp);
        int first = Grid.IdxZ * partitionsPerGroup * AttentionKernel.PartitionSize;
        if (first >= rows.Context)
            return;

        int keyValueHead = TParts.Count == 1 ? Grid.IdxX : Grid.IdxX >> 1;
        int part = TParts.Count == 1 ? 0 : Grid.IdxX & 1;
        int end = IntrinsicMath.Min(rows.Context, first + partitionsPerGroup * AttentionKernel.PartitionSize);
        LaunchOrder.AwaitPrevious();
        TileRows.StartQueries<TMemory, TSums, TParts>(rows, shape, layout, keyValueHead, queries, staged, Warps);
        KeyValueRing ring = KeyValueRing.Begin<TMemory, TSums, TParts>(
            step, tile.Sequence, cache, layout, layer, keyValueHead, part, first, end, staged, firstSlot, slots, Warps);
        RowContexts contexts = TileRows.ContextsOf(rows, shape);
        float scale = PartitionAttention.ExponentScale(shape);
        bool isWhole = first == 0 & end == rows.Context;
        TSums sums = default;
        RowStates states = RowStates.None;
        for (int start = first; start < end; start += AttentionKernel.PartitionSize)
        {
            RowStates nextStates = RowStates.None;
            TSums nextSums = PartitionAttention.Compute<TUnit, TMemory, TSums, TParts>(
                ref ring, contexts, scale, start, ref nextStates, exchange, slots, Warps);
            if (isWhole)
            {
                RowMerge merge = RowMerge.Of<TUnit>(states, nextStates, scale);
                sums = TSums.Merge(sums, nextSums, merge);
                states = RowStates.Merge(states, nextStates, merge);
            }
            else
            {
                LayDown(partials, tile, rows, start / AttentionKernel.PartitionSize, nextSums, nextStates);
            }
        }

        if (isWhole || TryCollect<TUnit, TSums>(partials, tile, rows, shape, partitionsPerGroup, ref sums, ref states))
            TileRows.Finish<TInput, TSums>(rows, shape, sums, states, output, keyValueHead, part);
    }

    // What the group computed of a partition, for the one that merges.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LayDown<TSums>(AttentionPartials partials, AttentionTile tile, TileRows rows, int partition, TSums sums, RowStates states)
        where TSums : struct, IHeadSums<TSums>
    {
        int pairsOfRow = TSums.Octets * (Octet.Length / 2);
        int row = Group.IdxX >> 2;
        int pair = Group.IdxX & 3;
        long own = ((long)(tile.FirstPartial + partition) * Grid.DimX + Grid.IdxX) * partials.Rows;
        if (row < rows.Count)
        {
            partials.States[own + row] = new FloatPair(states.Maximum0, states.Sum0);
            TSums.Store(sums, 0, partials.Sums, (own + row) * pairsOfRow + pair);
        }

        if (row + 8 < rows.Count)
        {
            partials.States[own + row + 8] = new FloatPair(states.Maximum1, states.Sum1);
            TSums.Store(sums, 1, partials.Sums, (own + row + 8) * pairsOfRow + pair);
        }
    }

    // In the group that is last, sums and states become those of all partitions.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryCollect<TUnit, TSums>(
        AttentionPartials partials, AttentionTile tile, TileRows rows, AttentionShape shape, int partitionsPerGroup, ref TSums sums, ref RowStates states)
        where TUnit : struct, IMatrixUnit
        where TSums : struct, IHeadSums<TSums>
    {
        int pairsOfRow = TSums.Octets * (Octet.Length / 2);
        int partitions = (rows.Context + AttentionKernel.PartitionSize - 1) / AttentionKernel.PartitionSize;
        int row = Group.IdxX >> 2;
        int pair = Group.IdxX & 3;
        int groups = (partitions + partitionsPerGroup - 1) / partitionsPerGroup;

        // Seen by all groups before this one is counted.
        MemoryFence.DeviceLevel();
        Group.Barrier();
        int arrival = Grid.IdxY * Grid.DimX + Grid.IdxX;
        int before = 0;
        if (Group.IdxX == 0)
            before = Atomic.Add(ref partials.Arrivals[arrival], 1);
        if (Warp.Shuffle(before, 0) != groups - 1)
            return false;

        // A lane without a row reads what another one reads.
        MemoryFence.DeviceLevel();
        float scale = PartitionAttention.ExponentScale(shape);
        int upper = IntrinsicMath.Min(row, rows.Count - 1);
        int lower = IntrinsicMath.Min(row + 8, rows.Count - 1);
        long entry = ((long)tile.FirstPartial * Grid.DimX + Grid.IdxX) * partials.Rows;
        sums = default;
        states = RowStates.None;
        for (int partition = 0; partition < partitions; partition++)
        {
            FloatPair upperState = partials.States[entry + upper];
            FloatPair lowerState = partials.States[entry + lower];
            RowStates next;
            next.Maximum0 = upperState.First;
            next.Sum0 = upperState.Second;
            next.Maximum1 = lowerState.First;
            next.Sum1 = lowerState.Second;
            TSums nextSums = TSums.Load(partials.Sums, (entry + upper) * pairsOfRow + pair, (entry + lower) * pairsOfRow + pair);
            RowMerge merge = RowMerge.Of<TUnit>(states, next, scale);
            sums = TSums.Merge(sums, nextSums, merge);
            states = RowStates.Merge(states, next, merge);
            entry += (long)Grid.DimX * partials.Rows;
        }

        if (Group.IdxX == 0)
            partials.Arrivals[arrival] = 0;
        return true;
    }
}
