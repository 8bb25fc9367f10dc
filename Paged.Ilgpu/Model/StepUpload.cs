using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Model;

/// <summary>
/// Brings a step's metadata to the device: one page-locked staging buffer, filled anew and uploaded in one copy a step. Which rows
/// the attention kernel computes together is decided here too.
/// </summary>
internal sealed class StepUpload : IDisposable
{
    private const int IntsPerTile = 3;

    private readonly AttentionTiling _tiling;
    private readonly int _headsPerKeyValueHead;
    private readonly int _keyValueHeads;
    private readonly int _partialCount;
    private readonly PageLockedArray1D<int> _staging;
    private readonly MemoryBuffer1D<int, Stride1D.Dense> _device;
    private readonly AttentionTiles[] _tiles;
    private int _length;

    /// <param name="accelerator">The device.</param>
    /// <param name="limits">The largest step.</param>
    /// <param name="tiling">The tiles that attention wants.</param>
    /// <param name="keyValueHeads">KV heads.</param>
    /// <param name="headsPerKeyValueHead">Query heads that share a KV head.</param>
    public StepUpload(Accelerator accelerator, StepLimits limits, AttentionTiling tiling, int keyValueHeads, int headsPerKeyValueHead)
    {
        _keyValueHeads = keyValueHeads;
        _tiling = tiling;
        _headsPerKeyValueHead = headsPerKeyValueHead;
        _partialCount = tiling.PartialCount(limits.MaxSequences, limits.MaxPositions, headsPerKeyValueHead);
        long maxTiles = limits.MaxSequences + (long)limits.MaxTokens * headsPerKeyValueHead / KernelSet.LargestTileHeight + 1;
        long ints = 3L * limits.MaxTokens + 4L * (limits.MaxSequences + 1) + limits.MaxBlockIds + IntsPerTile * (maxTiles + 1);
        _staging = accelerator.AllocatePageLocked1D<int>(ints);
        _device = accelerator.Allocate1D<int>(ints);
        _tiles = new AttentionTiles[tiling.Heights.Count];
    }

    /// <summary>Device memory taken, in bytes.</summary>
    public long SizeInBytes => _device.LengthInBytes;

    /// <summary>The step's metadata on the device.</summary>
    public StepView View { get; private set; }

    /// <summary>The tiles of the step by height.</summary>
    public ReadOnlySpan<AttentionTiles> Tiles => _tiles;

    /// <summary>Writes a step's metadata and starts its upload.</summary>
    public void Upload(StepBatch batch)
    {
        // The upload of a step that asked for no logits may still be waiting its turn, and the staging buffer is what it will read.
        AcceleratorStream stream = _device.Accelerator.DefaultStream;
        stream.Synchronize();

        _length = 0;
        StepView view;
        view.TokenIds = Append(batch.TokenIds.AsSpan(0, batch.TokenCount));
        view.Positions = Append(batch.Positions.AsSpan(0, batch.TokenCount));
        view.TokenSequences = Append(batch.TokenSequences.AsSpan(0, batch.TokenCount));
        view.SequenceStarts = Append(batch.SequenceStarts.AsSpan(0, batch.SequenceCount + 1));
        view.ContextLengths = Append(batch.ContextLengths.AsSpan(0, batch.SequenceCount));
        view.BlockTableStarts = Append(batch.BlockTableStarts.AsSpan(0, batch.SequenceCount + 1));
        view.BlockIds = Append(batch.BlockIds.AsSpan(0, batch.BlockTableStarts[batch.SequenceCount]));
        view.LogitTokens = Append(batch.LogitTokens.AsSpan(0, batch.LogitCount));
        View = view;
        AppendTiles(batch);
        _device.View.AsContiguous().CopyFromCPUUnsafeAsync(stream, ref _staging.Span[0], _length);
    }

    public void Dispose()
    {
        _device.Dispose();
        _staging.Dispose();
    }

    private ArrayView<int> Append(ReadOnlySpan<int> values)
    {
        values.CopyTo(_staging.Span[_length..]);
        ArrayView<int> view = _device.View.AsContiguous().SubView(_length, values.Length);
        _length += values.Length;
        return view;
    }

    // Tiles begin at a multiple of their size, without which a view of ints cannot be cast to a view of tiles.
    private void AppendTiles(StepBatch batch)
    {
        Span<int> staging = _staging.Span;
        _length = (_length + IntsPerTile - 1) / IntsPerTile * IntsPerTile;
        for (int index = 0; index < _tiles.Length; index++)
        {
            int height = _tiling.Heights[index];
            int start = _length;
            int mostPartitions = 0;
            int partials = 0;
            for (int sequence = 0; sequence < batch.SequenceCount; sequence++)
            {
                int tokens = batch.SequenceStarts[sequence + 1] - batch.SequenceStarts[sequence];
                int rows = tokens * _headsPerKeyValueHead;
                int partitions = AttentionTiling.PartitionsFor(batch.ContextLengths[sequence]);
                bool isSingle = tokens == 1 && _tiling.SplitHeight is not null;
                int tilePartials = isSingle ? partitions * ((rows - 1) / _tiling.SplitHeight!.Value + 1) : 0;
                bool canSplit = partials + tilePartials <= _partialCount;
                if (canSplit)
                    partials += tilePartials;
                if (_tiling.HeightFor(tokens, _headsPerKeyValueHead, canSplit) != height)
                    continue;
                mostPartitions = Math.Max(mostPartitions, partitions);
                int firstPartial = partials - tilePartials;
                for (int row = 0; row < rows; row += height, firstPartial += partitions)
                {
                    staging[_length++] = sequence;
                    staging[_length++] = row;
                    staging[_length++] = firstPartial;
                }
            }

            ArrayView<AttentionTile> view = _device.View.AsContiguous().SubView(start, _length - start).Cast<AttentionTile>();
            int perGroup = AttentionTiling.PartitionsPerGroup((long)partials * _keyValueHeads, mostPartitions, _device.Accelerator.NumMultiprocessors);
            _tiles[index] = new AttentionTiles(view, height, mostPartitions, perGroup);
        }
    }
}
