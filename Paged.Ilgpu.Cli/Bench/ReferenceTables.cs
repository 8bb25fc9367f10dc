namespace Paged.Ilgpu.Cli.Bench;

/// <summary>
/// Block tables as the reference implementation (tspeterkim/paged-attention-minimal) keeps them, to be measured against: a dictionary of
/// lists, rebuilt to a rectangle every step, and free blocks drawn at random from a copy of their set.
/// </summary>
internal sealed class ReferenceTables(int blockCount, int blockSize)
{
    private readonly Dictionary<int, List<int>> _tables = [];
    private readonly Dictionary<int, int> _lengths = [];
    private readonly HashSet<int> _free = [.. Enumerable.Range(0, blockCount)];
    private readonly Random _random = new(1);

    public void Begin(int sequence, int length)
    {
        _tables[sequence] = [];
        _lengths[sequence] = 0;
        while (_lengths[sequence] < length)
            Append(sequence, _free.First()); // drawing these at random would only lengthen the wait
    }

    public void Append(int sequence) => Append(sequence, block: null);

    /// <summary>The tables padded to the longest. [sequence, block]</summary>
    public int[,] BuildRectangle()
    {
        int longest = 0;
        foreach (List<int> table in _tables.Values)
            longest = Math.Max(longest, table.Count);
        var rectangle = new int[_tables.Count, longest];
        int row = 0;
        foreach (List<int> table in _tables.Values)
        {
            for (int i = 0; i < longest; i++)
                rectangle[row, i] = i < table.Count ? table[i] : -1;
            row++;
        }

        return rectangle;
    }

    private void Append(int sequence, int? block)
    {
        if (_lengths[sequence] % blockSize == 0)
        {
            int taken = block ?? Draw();
            _free.Remove(taken);
            _tables[sequence].Add(taken);
        }

        _lengths[sequence]++;
    }

    private int Draw()
    {
        int[] copy = [.. _free];
        return copy[_random.Next(copy.Length)];
    }
}
