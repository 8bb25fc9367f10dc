using CsCheck;
using Paged.Ilgpu.Cache;

namespace Paged.Ilgpu.Tests.Cache;

/// <summary>Random operations on the manager and on the <see cref="ReferenceCache"/>; after each both must agree in everything.</summary>
internal sealed class KvCacheModelTests
{
    private const int OperationsPerRun = 200;

    private static readonly Gen<(int Kind, int Which, int Amount)> Operation = Gen.Select(Gen.Int[0, 99], Gen.Int[0, 9999], Gen.Int[0, 9999]);

    private static readonly Gen<(int BlockSize, int BlockCount, int SwapBlocks)> Shape =
        Gen.Select(Gen.OneOf(1, 2, 3, 4, 16), Gen.Int[1, 24], Gen.Int[0, 12]);

    [Test]
    public void a_hundred_thousand_operations_agree_with_the_obvious_model() => Check(runs: 500);

    [Test]
    [Explicit("a million operations take a minute or two")]
    public void a_million_operations_agree_with_the_obvious_model() => Check(runs: 5000);

    /// <summary>CsCheck prints the seed of a failing run and shrinks it to the fewest operations.</summary>
    private static void Check(int runs) => Gen.Select(Shape, Operation.Array[OperationsPerRun]).Sample(
        (shape, operations) =>
        {
            var run = new Run(shape.BlockSize, shape.BlockCount, shape.SwapBlocks);
            foreach ((int kind, int which, int amount) in operations)
                run.Apply(kind, which, amount);
            run.FreeAll();
        },
        iter: runs,
        threads: 1);

    private sealed class Run(int blockSize, int blockCount, int swapBlocks)
    {
        private readonly KvCacheManager _cache = new(new KvCacheOptions
        {
            BlockSize = blockSize,
            BlockCount = blockCount,
            EnablePrefixCaching = true,
            SwapBlockCount = swapBlocks,
        });

        private readonly ReferenceCache _reference = new(blockCount, blockSize, swapBlocks);
        private readonly List<(BlockTable Table, ReferenceCache.Table Expected)> _tables = [];
        private readonly List<BlockTransfer> _transfers = [];

        public void Apply(int kind, int which, int amount)
        {
            if (kind < 20 || _tables.Count == 0)
                Begin(which, amount);
            else
                Change(kind, _tables[which % _tables.Count], amount);
            Compare();
        }

        public void FreeAll()
        {
            while (_tables.Count > 0)
                Free(_tables[^1]);
            Compare();
            Assert.That(_cache.Usage.FreeBlocks + _cache.Usage.CachedBlocks, Is.EqualTo(blockCount));
        }

        /// <summary>Few different tokens, so that prefixes meet often.</summary>
        private static int[] Extend(int[] tokens, int count, int amount) =>
            [.. tokens, .. Enumerable.Range(0, count).Select(i => (amount >> (i % 8)) & 1)];

        private void Begin(int which, int amount)
        {
            int[] tokens = Extend([], 1 + (which % (4 * blockSize)), amount % 4);
            var table = new BlockTable(_tables.Count + 1);
            ReferenceCache.Table? expected = _reference.Begin(tokens);
            Assert.That(_cache.TryBegin(table, tokens), Is.EqualTo(expected is not null));
            if (expected is null)
                return;
            _tables.Add((table, expected));
            Append((table, expected), tokens);
        }

        private void Change(int kind, (BlockTable Table, ReferenceCache.Table Expected) pair, int amount)
        {
            (BlockTable table, ReferenceCache.Table expected) = pair;
            if (kind >= 97)
                Assert.That(_cache.TryResetPrefixes(), Is.EqualTo(_reference.Reset()));
            else if (kind < 35)
                Free(pair);
            else if (expected.Swapped)
                Assert.That(_cache.TryBegin(table, expected.Tokens), Is.EqualTo(_reference.SwapIn(expected, expected.Tokens)));
            else if (kind < 45)
                _tables.Add((_cache.Fork(table, _tables.Count + 1), _reference.Fork(expected)));
            else if (kind < 55)
                Assert.That(_cache.TrySwapOut(table), Is.EqualTo(_reference.SwapOut(expected)));
            else if (kind < 62)
                Assert.That(_cache.TryReserve(table, 1 + (amount % 40)), Is.EqualTo(_reference.Reserve(expected, 1 + (amount % 40))));
            else
                Append(pair, Extend(expected.Tokens[..expected.Stored], 1 + (amount % (2 * blockSize)), amount % 3));
        }

        private void Append((BlockTable Table, ReferenceCache.Table Expected) pair, int[] tokens)
        {
            int count = tokens.Length - pair.Expected.Stored;
            bool fits = _reference.Reserve(pair.Expected, count);
            Assert.That(_cache.TryReserve(pair.Table, count), Is.EqualTo(fits));
            if (!fits)
                return;
            _cache.Store(pair.Table, tokens);
            _reference.Store(pair.Expected, tokens);
        }

        private void Free((BlockTable Table, ReferenceCache.Table Expected) pair)
        {
            _cache.Free(pair.Table);
            _reference.Free(pair.Expected);
            _tables.Remove(pair);
        }

        private void Compare()
        {
            _cache.CheckInvariants(_tables.Select(pair => pair.Table));
            _transfers.AddRange(_cache.Transfers);
            _cache.Transfers.Clear();
            foreach ((BlockTable table, ReferenceCache.Table expected) in _tables)
            {
                bool same = table.StoredTokens == expected.Stored
                    && table.IsSwapped == expected.Swapped
                    && table.Count == expected.Blocks.Count
                    && (table.IsSwapped || table.Blocks.SequenceEqual(expected.Blocks.ToArray()));
                Assert.That(same, Is.True, $"sequence {table.Owner} has not the blocks that the model says");
            }

            CacheUsage usage = _cache.Usage;
            int available = _reference.Available.Count();
            Assert.That(usage.FreeBlocks + usage.CachedBlocks, Is.EqualTo(available));
            Assert.That(usage.CachedBlocks, Is.EqualTo(_reference.CachedBlocks));
            Assert.That(usage.SwappedBlocks, Is.EqualTo(_reference.HostBlocks));
            Assert.That(usage.StoredSlots, Is.EqualTo(_reference.DistinctSlots));
            Assert.That(_transfers.Count(t => t.Kind == BlockTransferKind.Copy), Is.EqualTo(_reference.Copies));
        }
    }
}
