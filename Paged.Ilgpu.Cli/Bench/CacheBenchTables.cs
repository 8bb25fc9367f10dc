using System.Runtime.InteropServices;
using Paged.Ilgpu.Cache;

namespace Paged.Ilgpu.Cli.Bench;

/// <summary>Many sequences of random tokens and their block tables, as <see cref="CacheBench"/> needs them.</summary>
internal sealed class CacheBenchTables
{
    private readonly int[] _tokens; // [sequence, position]
    private readonly BlockTable[] _tables; // [sequence]
    private readonly int[] _leaving; // the order in which sequences end
    private readonly int[] _blockIds; // all block tables, one behind the other
    private readonly int[] _starts; // [sequence + 1] first entry in _blockIds
    private readonly int _blockSize;
    private readonly int _blocksEach;
    private readonly int _maxLength;

    /// <param name="sequenceCount">Sequences.</param>
    /// <param name="blockSize">Tokens of a block.</param>
    /// <param name="maxLength">Tokens of the longest sequence.</param>
    /// <param name="prefixCaching">Whether blocks that fill go into the prefix index.</param>
    /// <param name="blockCount">Blocks of the pool; null: as many as the sequences need at most.</param>
    public CacheBenchTables(int sequenceCount, int blockSize, int maxLength, bool prefixCaching, int? blockCount = null)
    {
        _blockSize = blockSize;
        _blocksEach = (maxLength + blockSize - 1) / blockSize;
        BlockCount = sequenceCount * _blocksEach;
        Cache = new KvCacheManager(new KvCacheOptions
        {
            BlockSize = blockSize,
            BlockCount = blockCount ?? BlockCount,
            EnablePrefixCaching = prefixCaching,
        });
        var random = new Random(1);
        _maxLength = maxLength;
        _tables = [.. Enumerable.Range(0, sequenceCount).Select(_ => new BlockTable())];
        _tokens = new int[sequenceCount * maxLength];
        random.NextBytes(MemoryMarshal.AsBytes(_tokens.AsSpan()));
        _leaving = [.. Enumerable.Range(0, sequenceCount)];
        random.Shuffle(_leaving);
        _blockIds = new int[BlockCount];
        _starts = new int[sequenceCount + 1];
    }

    public KvCacheManager Cache { get; }

    /// <summary>Blocks that all sequences have together at their longest.</summary>
    public int BlockCount { get; }

    /// <summary>Blocks that <see cref="FindAll"/> looks up.</summary>
    public long FindableBlocks => (long)_tables.Length * ((_maxLength - 1) / _blockSize);

    /// <summary>Begins all sequences, at a length and up to a block less one more.</summary>
    public void BeginAll(int length = 0)
    {
        for (int sequence = 0; sequence < _tables.Length; sequence++)
        {
            _tables[sequence].EnsureCapacity(_blocksEach);
            Append(sequence, length + (sequence % _blockSize));
        }
    }

    /// <summary>Appends one token a step to every sequence.</summary>
    public void AppendAll(int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            for (int sequence = 0; sequence < _tables.Length; sequence++)
                Append(sequence, 1);
        }
    }

    /// <summary>Takes all blocks of all sequences.</summary>
    public void TakeAll()
    {
        foreach (BlockTable table in _tables)
        {
            table.EnsureCapacity(_blocksEach);
            Require(Cache.TryReserve(table, _blocksEach * _blockSize));
        }
    }

    /// <summary>Begins all sequences from what the prefix index has of them.</summary>
    public void FindAll()
    {
        for (int sequence = 0; sequence < _tables.Length; sequence++)
            Require(Cache.TryBegin(_tables[sequence], TokensOf(sequence, _maxLength)));
    }

    /// <summary>Ends all sequences, in no order.</summary>
    public void FreeAll()
    {
        foreach (int sequence in _leaving)
            Cache.Free(_tables[sequence]);
    }

    /// <summary>Writes all block tables one behind the other, as a step uploads them.</summary>
    public void PrepareUpload()
    {
        int count = 0;
        for (int sequence = 0; sequence < _tables.Length; sequence++)
        {
            ReadOnlySpan<int> blocks = _tables[sequence].Blocks;
            blocks.CopyTo(_blockIds.AsSpan(count));
            count += blocks.Length;
            _starts[sequence + 1] = count;
        }
    }

    private static void Require(bool fits)
    {
        if (!fits)
            throw new InvalidOperationException("the pool of the benchmark is too small");
    }

    private void Append(int sequence, int count)
    {
        BlockTable table = _tables[sequence];
        if (count == 0)
            return;
        Require(Cache.TryReserve(table, count));
        Cache.Store(table, TokensOf(sequence, table.StoredTokens + count));
    }

    private ReadOnlySpan<int> TokensOf(int sequence, int length) => _tokens.AsSpan(sequence * _maxLength, length);
}
