using ILGPU;
using ILGPU.Runtime;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Paged attention of runs of many rows on the matrix unit: 16 rows a warp, keys and values shared by the warps of a group, one partition of
/// positions merged after the other. The tiles with the longest contexts come first, so that the short ones fill the gaps at the end.
/// </summary>
public static class LongAttentionKernel
{
    /// <summary>Rows of a tile; where heads are computed in parts, so many groups share it.</summary>
    public const int TileRowCount = 64;

    private const int MostPackets = (48 << 10) / Packet.SizeInBytes;

    /// <summary>Items of a group.</summary>
    public static int GroupSize<TParts>()
        where TParts : struct, IHeadParts => Warps<TParts>() * MatrixLayout.Lanes;

    /// <summary>What the compiler is told of launches: what 255 registers an item allow.</summary>
    public static KernelSpecialization LaunchBounds<TParts>()
        where TParts : struct, IHeadParts => new(GroupSize<TParts>(), 256 / GroupSize<TParts>());

    /// <summary>The kernel. Grid: [kvHead × parts, tile × groups that share it].</summary>
    public static void Run<TUnit, TMemory, TInput, TSums, TParts>(
        StepView step,
        ArrayView<AttentionTile> tiles, // [tile]
        PacketSource queries, // [kvHead, token, headInGroup, octet]
        PacketSource cache, // see KvLayout
        ArrayView<Packet> output, // [token, outputStride], heads side by side
        KvLayout layout,
        AttentionShape shape,
        int layer)
        where TUnit : struct, IMatrixUnit
        where TMemory : struct, IPacketMemory
        where TInput : struct, IElement
        where TSums : struct, IHeadSums<TSums>
        where TParts : struct, IHeadParts
    {
        int warps = Warps<TParts>();
        int firstSlot = PartitionAttention.FirstSlot<TSums, TParts>(warps);
        int slots = (MostPackets - firstSlot) / KeyValueRing.PacketsPerSlot<TSums>();
        ArrayView<uint> exchange = TUnit.AllocateExchange(warps);
        StagedPackets staged = TMemory.Allocate(firstSlot + slots * KeyValueRing.PacketsPerSlot<TSums>());

        int index = Grid.DimY - 1 - Grid.IdxY;
        AttentionTile tile = tiles[index / TParts.Count];
        int rowsOfGroup = warps * TileRows.PerWarp;
        TileRows rows = TileRows.Of(step, tile, shape, index % TParts.Count * rowsOfGroup, rowsOfGroup);
        if (rows.Count <= 0)
            return;

        int keyValueHead = TParts.Count == 1 ? Grid.IdxX : Grid.IdxX >> 1;
        int part = TParts.Count == 1 ? 0 : Grid.IdxX & 1;
        LaunchOrder.AwaitPrevious();
        TileRows.StartQueries<TMemory, TSums, TParts>(rows, shape, layout, keyValueHead, queries, staged, warps);
        KeyValueRing ring = KeyValueRing.Begin<TMemory, TSums, TParts>(
            step, tile.Sequence, cache, layout, layer, keyValueHead, part, 0, rows.Context, staged, firstSlot, slots, warps);
        RowContexts contexts = TileRows.ContextsOf(rows, shape);
        float scale = PartitionAttention.ExponentScale(shape);
        TSums sums = default;
        RowStates states = RowStates.None;
        for (int start = 0; start < rows.Context; start += AttentionKernel.PartitionSize)
        {
            RowStates nextStates = RowStates.None;
            TSums nextSums = PartitionAttention.Compute<TUnit, TMemory, TSums, TParts>(
                ref ring, contexts, scale, start, ref nextStates, exchange, slots, warps);
            RowMerge merge = RowMerge.Of<TUnit>(states, nextStates, scale);
            sums = TSums.Merge(sums, nextSums, merge);
            states = RowStates.Merge(states, nextStates, merge);
        }

        TileRows.Finish<TInput, TSums>(rows, shape, sums, states, output, keyValueHead, part);
    }

    private static int Warps<TParts>()
        where TParts : struct, IHeadParts => TileRowCount / TileRows.PerWarp / TParts.Count;
}
