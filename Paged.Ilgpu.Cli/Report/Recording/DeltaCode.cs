using System.Runtime.InteropServices;

namespace Paged.Ilgpu.Cli.Report.Recording;

/// <summary>Whole numbers in few bytes: seven bits a byte, the lowest first, the eighth says that more follow (LEB128).</summary>
internal sealed class DeltaCode
{
    private readonly List<byte> _bytes = [];

    /// <summary>Appends a number, at least 0.</summary>
    public void Add(long number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        for (; number >= 128; number >>= 7)
            _bytes.Add((byte)(number | 128));
        _bytes.Add((byte)number);
    }

    /// <summary>Appends what is added to the last number to give this one; either sign (zigzag).</summary>
    public void AddDifference(long number, ref long last)
    {
        long difference = number - last;
        last = number;
        Add((difference << 1) ^ (difference >> 63));
    }

    /// <summary>All of it, for a page.</summary>
    public string ToBase64() => Convert.ToBase64String(CollectionsMarshal.AsSpan(_bytes));

    /// <summary>
    /// The changes of all frames: for each frame how many there are, then for each of them how many cells are passed over since the last
    /// one, its state, and, where it has an owner, its position.
    /// </summary>
    public static string OfChanges(IEnumerable<CellChange[]> frames)
    {
        var code = new DeltaCode();
        foreach (CellChange[] changes in frames)
        {
            code.Add(changes.Length);
            int next = 0;
            foreach (CellChange change in changes)
            {
                code.Add(change.Cell - next);
                next = change.Cell + 1;
                code.Add(change.State);
                if (change.State > 1)
                    code.Add(change.Position);
            }
        }

        return code.ToBase64();
    }

    /// <summary>How the stored tokens of each request grew: how many points, then for each the differences of step and tokens.</summary>
    public static string OfGrowth(IEnumerable<RequestRecord> requests)
    {
        var code = new DeltaCode();
        foreach (RequestRecord request in requests)
        {
            (long Step, int Tokens)[] points = [.. request.StoredTokens];
            code.Add(points.Length);
            long step = 0;
            long tokens = 0;
            foreach ((long Step, int Tokens) point in points)
            {
                code.AddDifference(point.Step, ref step);
                code.AddDifference(point.Tokens, ref tokens);
            }
        }

        return code.ToBase64();
    }
}
