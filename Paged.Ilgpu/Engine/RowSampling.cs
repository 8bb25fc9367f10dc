using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using ILGPU.Runtime;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Model;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Engine;

/// <summary>
/// Draws the tokens of a step for whose answers the largest logit alone does not decide. Where the likeliest tokens are enough, the device
/// finds them and they alone are read back. Other rows of logits are read back whole, a few at a time into one page-locked buffer, and
/// drawn from side by side, each by itself: neither the order nor the way makes a difference. A step of greedy answers costs nothing here.
/// </summary>
internal sealed class RowSampling : IDisposable
{
    private const int FewLogits = 1 << 15; // fewer are drawn from sooner than threads are woken
    private const int BufferLogits = 1 << 23; // 32 MiB: 65 rows of Llama 3's vocabulary

    private readonly LlamaModel _model;
    private readonly Accelerator _accelerator;
    private readonly int _vocabularySize;
    private readonly int[] _rows; // [row of the buffer] row of the step
    private readonly int[] _listedRows; // [listed row] row of the step whose likeliest tokens are found
    private readonly ConcurrentBag<Sampler> _idleSamplers = []; // one a thread
    private readonly Func<Sampler> _rent;
    private readonly Func<int, ParallelLoopState, Sampler, Sampler> _draw;
    private PageLockedArray1D<float>? _logits; // [row of the buffer, vocabulary padded to the stride]
    private StepBatch? _batch;
    private int _listedCount;
    private int[] _sampledIds = []; // [logit row]

    /// <param name="model">Has the logits of the step.</param>
    /// <param name="accelerator">The device it runs on.</param>
    /// <param name="vocabularySize">Logits of a row.</param>
    /// <param name="maxRows">Rows of a step at most.</param>
    public RowSampling(LlamaModel model, Accelerator accelerator, int vocabularySize, int maxRows)
    {
        _model = model;
        _accelerator = accelerator;
        _vocabularySize = vocabularySize;
        _rows = new int[Math.Clamp(BufferLogits / model.LogitStride, 1, maxRows)];
        _listedRows = new int[maxRows];
        _rent = () => _idleSamplers.TryTake(out Sampler? sampler) ? sampler : new Sampler(_vocabularySize);
        _draw = (row, _, sampler) =>
        {
            DrawRow(row, sampler);
            return sampler;
        };
    }

    /// <summary>Rows of logits read back whole so far.</summary>
    public long RowsRead { get; private set; }

    /// <summary>Has the device find the likeliest tokens where they may be enough.</summary>
    /// <param name="batch">The step, launched.</param>
    public void Begin(StepBatch batch)
    {
        _listedCount = 0;
        for (int row = 0; row < batch.LogitCount; row++)
        {
            if (batch.LogitSequences[row].Answer.MayDrawFromLikeliest(TopKKernel.ListLength))
                _listedRows[_listedCount++] = row;
        }

        _model.LaunchLikeliest(_listedRows.AsSpan(0, _listedCount));
    }

    /// <summary>Draws for the rows of the step that was begun last and has run.</summary>
    /// <param name="batch">The step.</param>
    /// <param name="sampledIds">The ids of the largest logits; where more is asked for they are replaced. [logit row]</param>
    /// <exception cref="PagedException">A logit is infinite.</exception>
    public void Draw(StepBatch batch, int[] sampledIds)
    {
        _batch = batch;
        _sampledIds = sampledIds;
        int count = 0;
        int listed = 0;
        for (int row = 0; row < batch.LogitCount; row++)
        {
            AnswerState answer = batch.LogitSequences[row].Answer;
            if (!answer.NeedsLogits || (listed < _listedCount && _listedRows[listed] == row && TryDrawListed(listed++, answer)))
                continue;
            _rows[count++] = row;
            if (count == _rows.Length)
            {
                DrawRows(count);
                count = 0;
            }
        }

        DrawRows(count);
    }

    /// <inheritdoc/>
    public void Dispose() => _logits?.Dispose();

    private bool TryDrawListed(int listed, AnswerState answer)
    {
        Sampler sampler = _rent();
        bool isDrawn = sampler.TryDraw(_model.ReadLikeliest(listed), answer, out int token);
        if (isDrawn)
            _sampledIds[_listedRows[listed]] = token;
        _idleSamplers.Add(sampler);
        return isDrawn;
    }

    private void DrawRows(int count)
    {
        if (count == 0)
            return;
        _logits ??= _accelerator.AllocatePageLocked1D<float>((long)_rows.Length * _model.LogitStride);
        Read(count);
        RowsRead += count;
        if (count == 1 || (long)count * _vocabularySize <= FewLogits)
        {
            Sampler sampler = _rent();
            for (int row = 0; row < count; row++)
                DrawRow(row, sampler);
            _idleSamplers.Add(sampler);
            return;
        }

        try
        {
            _ = Parallel.For(0, count, _rent, _draw, _idleSamplers.Add);
        }
        catch (AggregateException faults)
        {
            ExceptionDispatchInfo.Throw(faults.InnerExceptions[0]);
        }
    }

    // Rows that follow each other come in one copy.
    private void Read(int count)
    {
        int end;
        for (int first = 0; first < count; first = end)
        {
            end = first + 1;
            while (end < count && _rows[end] == _rows[end - 1] + 1)
                end++;
            _model.ReadLogits(_rows[first], _logits!.Span[(first * _model.LogitStride)..(end * _model.LogitStride)]);
        }
    }

    private void DrawRow(int row, Sampler sampler) =>
        _sampledIds[_rows[row]] = sampler.Draw(LogitsOf(row), _batch!.LogitSequences[_rows[row]].Answer);

    private ReadOnlySpan<float> LogitsOf(int row) => _logits!.Span.Slice(row * _model.LogitStride, _vocabularySize);
}
