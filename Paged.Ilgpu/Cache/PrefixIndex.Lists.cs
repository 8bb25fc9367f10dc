using System.Runtime.InteropServices;

namespace Paged.Ilgpu.Cache;

/// <summary>The chains of different prefixes in a bucket, and the lists of their twins.</summary>
internal sealed partial class PrefixIndex
{
    /// <summary>Proves the lists and the count from the ground up.</summary>
    public void CheckInvariants()
    {
        int listed = 0;
        for (int bucket = 0; bucket < _buckets.Length; bucket++)
        {
            for (int first = _buckets[bucket], previous = None; first != None; previous = first, first = _entries[first].Next)
            {
                Require(_entries[first].Previous == previous && BucketIndexOf(_entries[first].Node.Hash) == bucket, first);
                Require(_entries[first].PreviousTwin == None, first);
                for (int twin = first, before = None; twin != None; before = twin, twin = _entries[twin].NextTwin)
                {
                    Require(_entries[twin].PreviousTwin == before && _entries[twin].Node == _entries[first].Node, twin);
                    Require(Contains(twin) && ++listed <= _entries.Length, twin);
                }
            }
        }

        if (listed != Count)
            throw new InvalidOperationException($"prefix index: {listed} blocks listed, {Count} counted");
    }

    private static void Require(bool sound, int block)
    {
        if (!sound)
            throw new InvalidOperationException($"prefix index: block {block} does not belong where it is listed");
    }

    private int BucketIndexOf(UInt128 hash) => (int)((ulong)hash & (ulong)(_buckets.Length - 1));

    private int BucketOf(UInt128 hash) => _buckets[BucketIndexOf(hash)];

    /// <summary>Puts the first block of a prefix at the head of its bucket's chain.</summary>
    private void LinkFirst(int block)
    {
        ref int head = ref _buckets[BucketIndexOf(_entries[block].Node.Hash)];
        _entries[block].Next = head;
        if (head != None)
            _entries[head].Previous = block;
        head = block;
    }

    /// <summary>Puts a block behind the first one with the same contents.</summary>
    private void LinkTwin(int first, int block)
    {
        int second = _entries[first].NextTwin;
        _entries[first].NextTwin = block;
        _entries[block].PreviousTwin = first;
        _entries[block].NextTwin = second;
        if (second != None)
            _entries[second].PreviousTwin = block;
    }

    private void Unlink(int block)
    {
        ref Entry entry = ref _entries[block];
        if (entry.NextTwin != None)
            _entries[entry.NextTwin].PreviousTwin = entry.PreviousTwin;
        if (entry.PreviousTwin != None)
        {
            _entries[entry.PreviousTwin].NextTwin = entry.NextTwin; // it was behind another: the chain stays
            return;
        }

        int successor = entry.Next;
        if (entry.NextTwin != None) // its twin takes its place in the chain
        {
            successor = entry.NextTwin;
            _entries[successor].Next = entry.Next;
            if (entry.Next != None)
                _entries[entry.Next].Previous = successor;
        }

        if (successor != None)
            _entries[successor].Previous = entry.Previous;
        if (entry.Previous != None)
            _entries[entry.Previous].Next = successor;
        else
            _buckets[BucketIndexOf(entry.Node.Hash)] = successor;
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Entry
    {
        public PrefixNode Node; // where the block ends; default where it is not indexed
        public long Parent; // identity of the prefix before it
        public int Next; // in the bucket's chain, of the first of its twins
        public int Previous;
        public int NextTwin;
        public int PreviousTwin;
    }
}
