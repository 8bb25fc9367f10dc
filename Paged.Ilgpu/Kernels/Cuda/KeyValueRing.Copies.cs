using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Util;

namespace Paged.Ilgpu.Kernels.Cuda;

/// <content>The copies of an item.</content>
internal partial struct KeyValueRing
{
    // The batch is closed even where it is empty, so that the number of those on their way is always the same. What is behind the end is
    // written as zeros: a probability of zero times what is no number would be none.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StartNext<TMemory, TSums, TParts>(ref KeyValueRing ring, int firstSlot, int slots, int warps)
        where TMemory : struct, IPacketMemory
        where TSums : struct, IHeadSums<TSums>
        where TParts : struct, IHeadParts
    {
        if (ring._start < ring._end)
        {
            bool isValue = ring._item >= TilesPerPartition * TParts.Count;
            int part = TParts.Count == 1 ? 0 : Utilities.Select(isValue, ring._valuePart, ring._item & 1);
            Copies copies;
            copies.Own = ring._block * ring._octetsPerBlock + ring._firstOctet + (long)ring._slotOfBlock * ring._headOctets
                + Utilities.Select(isValue, ring._valueOffset, 0L) + part * TSums.Octets;
            copies.Position = Group.IdxX / LanesPerPosition<TSums>();
            copies.Left = ring._end - ring._start - TileOf<TParts>(ring._item) * ScoreTile.Positions;
            copies.OctetsLeft = ring._headOctets - part * TSums.Octets;

            // Written out, so that no copy waits for the one before to know where it lies.
            Copy<TMemory, TSums>(ring, copies, 0, warps);
            Copy<TMemory, TSums>(ring, copies, 1, warps);
            Copy<TMemory, TSums>(ring, copies, 2, warps);
            Copy<TMemory, TSums>(ring, copies, 3, warps);
            Copy<TMemory, TSums>(ring, copies, 4, warps);
            Copy<TMemory, TSums>(ring, copies, 5, warps);
            Copy<TMemory, TSums>(ring, copies, 6, warps);
            Copy<TMemory, TSums>(ring, copies, 7, warps);
        }

        TMemory.CloseBatch();
        ring._write = Following<TSums>(ring._write, firstSlot, slots);
        bool isLast = ring._item == TilesPerPartition * (TParts.Count + 1) - 1;
        ring._item = Utilities.Select(isLast, 0, ring._item + 1);
        ring._start += Utilities.Select(isLast, AttentionKernel.PartitionSize, 0);
        Locate<TParts>(ref ring);
    }

    // One of the rounds in which the group brings an item, if there are so many: some lanes bring a position, neighbouring ones neighbouring packets.
    // Where a position lies is known to the lane of the same number.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy<TMemory, TSums>(KeyValueRing ring, Copies copies, int round, int warps)
        where TMemory : struct, IPacketMemory
        where TSums : struct, IHeadSums<TSums>
    {
        int lanes = LanesPerPosition<TSums>();
        int first = round * warps * MatrixLayout.Lanes / lanes;
        if (first >= ScoreTile.Positions)
            return;
        int octet = Group.IdxX & (lanes - 1);
        int target = ring._write + copies.Position * (TSums.Octets + 1) + octet;
        int targetBehind = first * (TSums.Octets + 1);
        long source = Warp.Shuffle(copies.Own, first + copies.Position) + octet;
        bool isPresent = first + copies.Position < copies.Left;
        TMemory.StartStreamedCopy(ring.Staged, target, targetBehind, ring._cache, source, 0, isPresent & (octet < copies.OctetsLeft));
        TMemory.StartStreamedCopy(
            ring.Staged, target, targetBehind + lanes, ring._cache, source, lanes, isPresent & (octet + lanes < copies.OctetsLeft));
        if (TSums.Octets > 2 * lanes)
        {
            TMemory.StartStreamedCopy(
                ring.Staged, target, targetBehind + 2 * lanes, ring._cache, source, 2 * lanes, isPresent & (octet + 2 * lanes < copies.OctetsLeft));
        }
    }

    // A line of 128 bytes at a time where heads have whole ones.
    private static int LanesPerPosition<TSums>()
        where TSums : struct, IHeadSums<TSums> => TSums.Octets == 16 ? 8 : 4;

    // What the copies of an item have in common.
    private struct Copies
    {
        public long Own; // where the key or value of this lane's position lies
        public int Position; // which position of a round this lane brings
        public int Left; // positions of the item and behind it
        public int OctetsLeft; // of the part of the head
    }
}
