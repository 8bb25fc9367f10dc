using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Model;

/// <summary>Finds the likeliest tokens of rows of logits on the device and brings those alone to the host. The buffers are made once.</summary>
internal sealed class LikeliestTokens : IDisposable
{
    private readonly KernelSet _kernels;
    private readonly int _vocabularySize;
    private readonly AcceleratorStream _stream;
    private readonly PageLockedArray1D<int> _rows; // [listed row] row of the step
    private readonly MemoryBuffer1D<int, Stride1D.Dense> _deviceRows;
    private readonly MemoryBuffer1D<TokenLogit, Stride1D.Dense> _ofPieces; // [listed row, piece, place]
    private readonly MemoryBuffer1D<TokenLogit, Stride1D.Dense> _deviceLists; // [listed row, place]
    private readonly PageLockedArray1D<TokenLogit> _lists; // [listed row, place]

    /// <param name="accelerator">The device.</param>
    /// <param name="kernels">Its kernels.</param>
    /// <param name="vocabularySize">Logits of a row.</param>
    /// <param name="maxRows">Rows of a step at most.</param>
    public LikeliestTokens(Accelerator accelerator, KernelSet kernels, int vocabularySize, int maxRows)
    {
        _kernels = kernels;
        _vocabularySize = vocabularySize;
        _stream = accelerator.DefaultStream;
        long entries = (long)maxRows * TopKKernel.ListLength;
        _rows = accelerator.AllocatePageLocked1D<int>(maxRows);
        _deviceRows = accelerator.Allocate1D<int>(maxRows);
        _ofPieces = accelerator.Allocate1D<TokenLogit>(entries * TopKKernel.PiecesFor(vocabularySize));
        _deviceLists = accelerator.Allocate1D<TokenLogit>(entries);
        _lists = accelerator.AllocatePageLocked1D<TokenLogit>(entries);
    }

    /// <summary>Device memory taken, in bytes.</summary>
    public long SizeInBytes => _deviceRows.LengthInBytes + _ofPieces.LengthInBytes + _deviceLists.LengthInBytes;

    /// <summary>Has lists made of rows once the device has their logits; does not wait. The lists before must have been waited for.</summary>
    /// <param name="logits">[row of the step, stride].</param>
    /// <param name="stride">Elements from a row to the next.</param>
    /// <param name="rows">Which rows of the step, at least one.</param>
    public void Launch(ArrayView<float> logits, int stride, ReadOnlySpan<int> rows)
    {
        rows.CopyTo(_rows.Span);
        ArrayView<int> deviceRows = _deviceRows.View.AsContiguous().SubView(0, rows.Length);
        deviceRows.CopyFromCPUUnsafeAsync(_stream, ref _rows.Span[0], rows.Length);
        _kernels.TopK(logits, deviceRows, _ofPieces.View, _deviceLists.View, rows.Length, _vocabularySize, stride);
        int entries = rows.Length * TopKKernel.ListLength;
        _deviceLists.View.AsContiguous().SubView(0, entries).CopyToCPUUnsafeAsync(_stream, ref _lists.Span[0], entries);
    }

    /// <summary>The list of a row, once the device was waited for: the likeliest first, of equal ones the lowest id.</summary>
    /// <param name="listed">Which of the rows that were launched.</param>
    /// <returns>As many as <see cref="TopKKernel.ListLength"/> says, or the whole vocabulary.</returns>
    public ReadOnlySpan<TokenLogit> this[int listed] =>
        _lists.Span.Slice(listed * TopKKernel.ListLength, Math.Min(TopKKernel.ListLength, _vocabularySize));

    public void Dispose()
    {
        _rows.Dispose();
        _deviceRows.Dispose();
        _ofPieces.Dispose();
        _deviceLists.Dispose();
        _lists.Dispose();
    }
}
