using Paged.Ilgpu.Cache;

namespace Paged.Ilgpu.Tests.Cache;

/// <summary>A manager whose invariants are checked after every call, and the tables that it has given out.</summary>
internal sealed class CacheHarness(KvCacheOptions options, UInt128? hashMask = null)
{
    private readonly List<BlockTable> _tables = [];

    public KvCacheManager Cache { get; } = new(options, hashMask);

    public IReadOnlyList<BlockTable> Tables => _tables;

    public static CacheHarness Of(int blockCount, int blockSize = 16, bool prefixCaching = true, int swapBlocks = 0) => new(new KvCacheOptions
    {
        BlockCount = blockCount,
        BlockSize = blockSize,
        EnablePrefixCaching = prefixCaching,
        SwapBlockCount = swapBlocks,
    });

    /// <summary>Tokens that count upwards from a number.</summary>
    public static int[] Tokens(int count, int from = 0) => [.. Enumerable.Range(from, count)];

    /// <summary>Begins a sequence and stores all of it.</summary>
    public BlockTable Begin(int[] tokens, string? salt = null)
    {
        BlockTable table = TryBegin(tokens, salt) ?? throw new InvalidOperationException("the sequence does not fit");
        Append(table, tokens);
        return table;
    }

    public BlockTable? TryBegin(int[] tokens, string? salt = null)
    {
        var table = new BlockTable(_tables.Count + 1, salt);
        bool fits = Cache.TryBegin(table, tokens);
        if (fits)
            _tables.Add(table);
        Check();
        return fits ? table : null;
    }

    /// <summary>Stores the tokens of a sequence beyond those that are stored.</summary>
    public void Append(BlockTable table, int[] tokens)
    {
        Assert.That(TryReserve(table, tokens.Length - table.StoredTokens), Is.True, "the pool is full");
        Cache.Store(table, tokens);
        Check();
    }

    public bool TryReserve(BlockTable table, int tokenCount)
    {
        bool fits = Cache.TryReserve(table, tokenCount);
        Check();
        return fits;
    }

    public BlockTable Fork(BlockTable table)
    {
        BlockTable fork = Cache.Fork(table, _tables.Count + 1);
        _tables.Add(fork);
        Check();
        return fork;
    }

    public void Free(BlockTable table)
    {
        Cache.Free(table);
        _tables.Remove(table);
        Check();
    }

    public bool TrySwapOut(BlockTable table)
    {
        bool fits = Cache.TrySwapOut(table);
        Check();
        return fits;
    }

    public bool TrySwapIn(BlockTable table, int[] tokens)
    {
        bool fits = Cache.TryBegin(table, tokens);
        Check();
        return fits;
    }

    public void Check() => Cache.CheckInvariants(_tables);
}
