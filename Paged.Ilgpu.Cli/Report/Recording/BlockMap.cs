using System.Runtime.InteropServices;
using Paged.Ilgpu.Cache;

namespace Paged.Ilgpu.Cli.Report.Recording;

/// <summary>What a cell of the map shows from some step on.</summary>
/// <param name="Cell">The cell: a block, or a few neighbouring ones where the pool has too many to draw.</param>
/// <param name="State">0: free; 1: no owner, but findable by its tokens; else 2 + 2 × the owner's number, and 1 more where it has other owners.</param>
/// <param name="Position">Index of the block in its owner's table; every owner has it at the same place.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct CellChange(int Cell, long State, int Position);

/// <summary>Who owns which physical block, followed through the events of a cache; tells what changed since it was last asked.</summary>
/// <param name="blockCount">Blocks of the pool.</param>
internal sealed class BlockMap(int blockCount)
{
    /// <summary>Cells that a page can still show.</summary>
    public const int MostCells = 1 << 14;

    private readonly CacheReplay _replay = new();
    private readonly Dictionary<int, List<long>> _owners = []; // of each block, the one that is shown first
    private readonly Dictionary<int, int> _positions = []; // of owned blocks
    private readonly SortedSet<int> _touched = []; // cells
    private readonly Dictionary<int, CellChange> _shown = []; // by cell, where it is not free

    /// <summary>Neighbouring blocks that share a cell.</summary>
    public int BlocksPerCell { get; } = (blockCount + MostCells - 1) / MostCells;

    /// <summary>Applies the next event.</summary>
    public void Apply(in CacheEvent cacheEvent)
    {
        (_, CacheEventKind kind, long sequence, int block, int other) = cacheEvent;
        _replay.Apply(cacheEvent);
        switch (kind)
        {
            case CacheEventKind.Allocate:
            case CacheEventKind.Share:
            case CacheEventKind.SwapIn:
                Own(block, sequence, _replay.Tables[sequence].Count - 1);
                break;
            case CacheEventKind.Copy:
                Own(block, sequence, _positions[other]);
                Disown(other, sequence);
                break;
            case CacheEventKind.Free:
            case CacheEventKind.SwapOut:
                Disown(block, sequence);
                break;
            case CacheEventKind.Index:
            case CacheEventKind.Evict:
                Touch(block);
                break;
            default: // a block of the host is not on the map
                break;
        }
    }

    /// <summary>The cells that show something else than when this was last called, by number.</summary>
    public CellChange[] TakeChanges()
    {
        var changes = new List<CellChange>(_touched.Count);
        foreach (int cell in _touched)
        {
            CellChange now = Look(cell);
            if (now == _shown.GetValueOrDefault(cell, new CellChange(cell, 0, 0)))
                continue;
            changes.Add(now);
            _shown[cell] = now;
        }

        _touched.Clear();
        return [.. changes];
    }

    private void Own(int block, long sequence, int position)
    {
        ref List<long>? owners = ref CollectionsMarshal.GetValueRefOrAddDefault(_owners, block, out _);
        (owners ??= []).Add(sequence);
        _positions[block] = position;
        Touch(block);
    }

    private void Disown(int block, long sequence)
    {
        List<long> owners = _owners[block];
        owners.Remove(sequence);
        if (owners.Count == 0)
        {
            _owners.Remove(block);
            _positions.Remove(block);
        }

        Touch(block);
    }

    private void Touch(int block) => _touched.Add(block / BlocksPerCell);

    /// <summary>The first owned block of a cell speaks for it.</summary>
    private CellChange Look(int cell)
    {
        bool isFindable = false;
        int end = Math.Min(blockCount, (cell + 1) * BlocksPerCell);
        for (int block = cell * BlocksPerCell; block < end; block++)
        {
            if (_owners.TryGetValue(block, out List<long>? owners))
                return new CellChange(cell, 2 + (2 * owners[0]) + (owners.Count > 1 ? 1 : 0), _positions[block]);
            isFindable |= _replay.IndexedBlocks.Contains(block);
        }

        return new CellChange(cell, isFindable ? 1 : 0, 0);
    }
}
