using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Util;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <summary>
/// Keys and values of a sequence on their way to a group, as many ahead as shared memory has slots. An item is a part of the head of 32
/// positions; of each partition the keys come first, [tile, part], and then the values, [tile].
/// </summary>
internal partial struct KeyValueRing
{
    /// <summary>Shared memory: the queries, then the slots, each [position, octet] with rows of one packet more.</summary>
    public StagedPackets Staged;

    private const int TilesPerPartition = AttentionKernel.PartitionSize / ScoreTile.Positions;

    private ArrayView<int> _blockIds;
    private PacketSource _cache;
    private long _table;
    private long _firstOctet;
    private long _octetsPerBlock;
    private long _valueOffset;
    private KvLayout _layout;
    private int _headOctets;
    private int _valuePart;
    private int _end;

    // The next item to be started: its partition's first position, its number there, and where the key of this lane's position lies. That is
    // asked for one item ahead, so that no copy waits for the block table.
    private int _start;
    private int _item;
    private int _block;
    private int _slotOfBlock;

    // Where the next item is written and read.
    private int _write;
    private int _read;

    /// <summary>Packets of one slot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int PacketsPerSlot<TSums>()
        where TSums : struct, IHeadSums<TSums> => ScoreTile.Positions * (TSums.Octets + 1);

    /// <summary>Starts the first items.</summary>
    /// <param name="step">The step.</param>
    /// <param name="sequence">The sequence.</param>
    /// <param name="cache">The pool.</param>
    /// <param name="layout">Where things lie in it.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="keyValueHead">The KV head.</param>
    /// <param name="valuePart">The part of the values that is wanted.</param>
    /// <param name="start">The first position, that of a partition.</param>
    /// <param name="end">The position behind the last.</param>
    /// <param name="staged">Shared memory.</param>
    /// <param name="firstSlot">Where the slots begin.</param>
    /// <param name="slots">How many there are; a constant.</param>
    /// <param name="warps">Warps of the group, 1, 2 or 4; a constant.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static KeyValueRing Begin<TMemory, TSums, TParts>(
        StepView step,
        int sequence,
        PacketSource cache,
        KvLayout layout,
        int layer,
        int keyValueHead,
        int valuePart,
        int start,
        int end,
        StagedPackets staged,
        int firstSlot,
        int slots,
        int warps)
        where TMemory : struct, IPacketMemory
        where TSums : struct, IHeadSums<TSums>
        where TParts : struct, IHeadParts
    {
        KeyValueRing ring = default;
        ring.Staged = staged;
        ring._blockIds = step.BlockIds;
        ring._cache = cache;
        ring._table = step.BlockTableStarts[sequence];
        ring._firstOctet = layout.KeyOctet(0, layer, keyValueHead, 0);
        ring._octetsPerBlock = layout.OctetsPerBlock;
        ring._valueOffset = layout.ValueOffset;
        ring._layout = layout;
        ring._headOctets = layout.HeadOctets;
        ring._valuePart = valuePart;
        ring._start = start;
        ring._end = end;
        ring._write = firstSlot;
        ring._read = firstSlot;
        Locate<TParts>(ref ring);
        for (int ahead = 0; ahead < slots - 1; ahead++)
            StartNext<TMemory, TSums, TParts>(ref ring, firstSlot, slots, warps);
        return ring;
    }

    /// <summary>Waits for the next item, starts a further one, and gives the first packet of the one that has come.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Take<TMemory, TSums, TParts>(ref KeyValueRing ring, int firstSlot, int slots, int warps)
        where TMemory : struct, IPacketMemory
        where TSums : struct, IHeadSums<TSums>
        where TParts : struct, IHeadParts
    {
        // Past the barrier the copies of all items have arrived, and the slot of the last item is free.
        TMemory.Await(slots - 2);
        Group.Barrier();
        StartNext<TMemory, TSums, TParts>(ref ring, firstSlot, slots, warps);
        int place = ring._read;
        ring._read = Following<TSums>(place, firstSlot, slots);
        return place;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Locate<TParts>(ref KeyValueRing ring)
        where TParts : struct, IHeadParts
    {
        int lane = Group.IdxX & (MatrixLayout.Lanes - 1);
        int position = IntrinsicMath.Min(ring._start + TileOf<TParts>(ring._item) * ScoreTile.Positions + lane, ring._end - 1);
        int index = ring._layout.TableEntry(position);
        ring._slotOfBlock = position - index * ring._layout.BlockSize;
        ring._block = ring._blockIds[ring._table + index];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int TileOf<TParts>(int item)
        where TParts : struct, IHeadParts
    {
        int values = item - TilesPerPartition * TParts.Count;
        return Utilities.Select(values >= 0, values, TParts.Count == 1 ? item : item >> 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Following<TSums>(int place, int firstSlot, int slots)
        where TSums : struct, IHeadSums<TSums>
    {
        int next = place + PacketsPerSlot<TSums>();
        return Utilities.Select(next == firstSlot + slots * PacketsPerSlot<TSums>(), firstSlot, next);
    }
}
