using System.Collections;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Paged.Ilgpu.Cli.Input;

/// <summary>Which requests a file has, and which of them are answered: a hash and a bit for each, 16 bytes.</summary>
internal sealed class RequestNames
{
    private readonly UInt128[] _hashes; // ascending
    private readonly BitArray _answered; // [place in _hashes]

    private RequestNames(UInt128[] hashes, int count)
    {
        _hashes = hashes;
        Count = count;
        _answered = new BitArray(count);
        Array.Sort(hashes, 0, count);
        for (int i = 1; i < count && Repeated is null; i++)
        {
            if (hashes[i] == hashes[i - 1])
                Repeated = hashes[i];
        }
    }

    /// <summary>Requests of the file.</summary>
    public int Count { get; }

    /// <summary>Requests that are answered.</summary>
    public int AnsweredCount { get; private set; }

    /// <summary>A hash that two requests have; null where there is none.</summary>
    public UInt128? Repeated { get; }

    /// <param name="keys">What tells each request from the others.</param>
    /// <param name="limit">How many there are, at most; memory is taken once, for so many.</param>
    public static RequestNames Of(IEnumerable<string> keys, int limit)
    {
        var hashes = new UInt128[limit];
        int count = 0;
        foreach (string key in keys)
            hashes[count++] = HashOf(key);
        return new RequestNames(hashes, count);
    }

    public static UInt128 HashOf(string key) => XxHash128.HashToUInt128(MemoryMarshal.AsBytes(key.AsSpan()));

    /// <summary>Whether a request of the file is answered.</summary>
    public bool IsAnswered(string key) => AnsweredCount > 0 && PlaceOf(key) is >= 0 and int place && _answered[place];

    /// <summary>Takes note that a request is answered.</summary>
    /// <returns>False where the file has no such request, or it is answered already.</returns>
    public bool TryMarkAnswered(string key)
    {
        int place = PlaceOf(key);
        if (place < 0 || _answered[place])
            return false;
        _answered[place] = true;
        AnsweredCount++;
        return true;
    }

    private int PlaceOf(string key) => Array.BinarySearch(_hashes, 0, Count, HashOf(key));
}
