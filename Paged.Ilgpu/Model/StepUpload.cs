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
    private const int IntsPerTile = 2;

    private readonly int _headsPerKeyValueHead;
    private readonly PageLockedArray1D<int> _staging;
    private readonly MemoryBuffer1D<int, Stride1D.Dense> _device;
    private readonly (int Height, int FirstTile, int Count)[] _tileRuns;
    private int _length;
    private int _tilesStart;

    /// <param name="accelerator">The device.</param>
    /// <param name="maxTokens">Tokens of the largest step.</param>
    /// <param name="maxSequences">Sequences of the largest step.</param>
    /// <param name="maxBlockIds">Entries of all block tables of the largest step.</param>
    /// <param name="headsPerKeyValueHead">Query heads that share a KV head.</param>
    public StepUpload(Accelerator accelerator, int maxTokens, int maxSequences, int maxBlockIds, int headsPerKeyValueHead)
    {
        _headsPerKeyValueHead = headsPerKeyValueHead;
        long maxTiles = maxSequences + (long)maxTokens * headsPerKeyValueHead / KernelSet.LargestTileHeight + 1;
        long ints = 3L * maxTokens + 4L * (maxSequences + 1) + maxBlockIds + IntsPerTile * (maxTiles + 1);
        _staging = accelerator.AllocatePageLocked1D<int>(ints);
        _device = accelerator.Allocate1D<int>(ints);
        int heights = 0;
        for (int height = 1; height <= KernelSet.LargestTileHeight; height *= 2)
            heights++;
        _tileRuns = new (int, int, int)[heights];
    }

    /// <summary>Device memory taken, in bytes.</summary>
    public long SizeInBytes => _device.LengthInBytes;

    /// <summary>The step's metadata on the device.</summary>
    public StepView View { get; private set; }

    /// <summary>The tiles of the step by height: those of one height lie together.</summary>
    public ReadOnlySpan<(int Height, int FirstTile, int Count)> TileRuns => _tileRuns;

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

    /// <summary>The tiles of one run, on the device.</summary>
    public ArrayView<AttentionTile> Tiles((int Height, int FirstTile, int Count) run) => _device.View.AsContiguous()
        .SubView(_tilesStart + IntsPerTile * run.FirstTile, IntsPerTile * run.Count)
        .Cast<AttentionTile>();

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

    // A sequence's rows are cut into tiles of the lowest height that holds them all, or of the highest there is. Tiles begin at a multiple
    // of their size, without which a view of ints cannot be cast to a view of tiles.
    private void AppendTiles(StepBatch batch)
    {
        Span<int> staging = _staging.Span;
        _length += _length % IntsPerTile;
        _tilesStart = _length;
        int tiles = 0;
        for (int index = 0; index < _tileRuns.Length; index++)
        {
            int height = 1 << index;
            int firstTile = tiles;
            for (int sequence = 0; sequence < batch.SequenceCount; sequence++)
            {
                int rows = (batch.SequenceStarts[sequence + 1] - batch.SequenceStarts[sequence]) * _headsPerKeyValueHead;
                if (KernelSet.TileHeightFor(rows) != height)
                    continue;
                for (int row = 0; row < rows; row += height, tiles++)
                {
                    staging[_length++] = sequence;
                    staging[_length++] = row;
                }
            }

            _tileRuns[index] = (height, firstTile, tiles - firstTile);
        }
    }
}
