using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Tests.Scheduling;

/// <summary>
/// A model whose keys and values are the token ids themselves. It writes them where the batch says, moves blocks as the batch says, and
/// then reads the whole context of every token back through the block tables: whatever the cache mixed up shows at once. The token it
/// draws is a hash of the context and of the branch, so that answers depend on nothing else.
/// </summary>
internal sealed class SlotModel(KvCacheOptions options)
{
    private const int Empty = int.MinValue;

    private readonly int[] _device = [.. Enumerable.Repeat(Empty, options.BlockCount * options.BlockSize)]; // [block, slot]
    private readonly int[] _host = [.. Enumerable.Repeat(Empty, options.SwapBlockCount * options.BlockSize)]; // [block, slot]

    public int Copies { get; private set; }

    public int[] Run(StepBatch batch)
    {
        foreach (BlockTransfer transfer in batch.Transfers)
            Move(transfer);
        for (int token = 0; token < batch.TokenCount; token++)
            _device[SlotOf(batch, batch.TokenSequences[token], batch.Positions[token])] = batch.TokenIds[token];
        for (int index = 0; index < batch.SequenceCount; index++)
            CheckContext(batch, index);

        var sampled = new int[batch.LogitCount];
        for (int row = 0; row < sampled.Length; row++)
        {
            int sequence = batch.TokenSequences[batch.LogitTokens[row]];
            Assert.That(batch.LogitTokens[row], Is.EqualTo(batch.SequenceStarts[sequence + 1] - 1));
            sampled[row] = Draw(ReadContext(batch, sequence), batch.LogitSequences[row].Branch);
        }

        return sampled;
    }

    /// <summary>What is drawn after a context: a number from 0 to 999.</summary>
    public static int Draw(ReadOnlySpan<int> context, int branch)
    {
        uint hash = 2166136261 + (uint)branch;
        foreach (int token in context)
            hash = (hash ^ (uint)token) * 16777619;
        return (int)(hash % 1000);
    }

    private void CheckContext(StepBatch batch, int index)
    {
        Sequence sequence = batch.Sequences[index];
        int[] context = ReadContext(batch, index);
        Assert.That(sequence.Tokens[..context.Length].SequenceEqual(context), $"the context of sequence {sequence.Id} is not its own");
        int start = batch.SequenceStarts[index];
        int count = batch.SequenceStarts[index + 1] - start;
        Assert.That(count, Is.GreaterThan(0));
        for (int i = 0; i < count; i++)
        {
            Assert.That(batch.TokenSequences[start + i], Is.EqualTo(index));
            Assert.That(batch.Positions[start + i], Is.EqualTo(context.Length - count + i));
        }
    }

    private int[] ReadContext(StepBatch batch, int index)
    {
        var context = new int[batch.ContextLengths[index]];
        for (int position = 0; position < context.Length; position++)
            context[position] = _device[SlotOf(batch, index, position)];
        return context;
    }

    private int SlotOf(StepBatch batch, int index, int position)
    {
        int entry = batch.BlockTableStarts[index] + (position / options.BlockSize);
        Assert.That(entry, Is.LessThan(batch.BlockTableStarts[index + 1]), "a position beyond the block table");
        return (batch.BlockIds[entry] * options.BlockSize) + (position % options.BlockSize);
    }

    private void Move(BlockTransfer transfer)
    {
        Copies += transfer.Kind == BlockTransferKind.Copy ? 1 : 0;
        int[] source = transfer.Kind == BlockTransferKind.SwapIn ? _host : _device;
        int[] destination = transfer.Kind == BlockTransferKind.SwapOut ? _host : _device;
        int size = options.BlockSize;
        source.AsSpan(transfer.Source * size, size).CopyTo(destination.AsSpan(transfer.Destination * size, size));
    }
}
