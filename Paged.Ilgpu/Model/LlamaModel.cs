using ILGPU;
using ILGPU.Runtime;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Model;

/// <summary>
/// A Llama model on one device. It runs steps and knows nothing of requests: which tokens run, where they stand and where their
/// sequences' blocks are, all that is in the <see cref="StepBatch"/>. Not for use from several threads.
/// </summary>
public sealed class LlamaModel : IDisposable
{
    private readonly LlamaConfig _config;
    private readonly KernelSet _kernels;
    private readonly DeviceWeights _weights;
    private readonly Workspace _workspace;
    private readonly StepUpload _upload;
    private readonly LikeliestTokens _likeliest;
    private readonly AcceleratorStream _stream;
    private readonly PageLockedArray1D<int> _bestIds; // [logit row]
    private readonly MemoryBuffer1D<Rotation, Stride1D.Dense> _rotations;
    private readonly AttentionShape _attentionShape;

    /// <summary>Makes a model ready to run: all buffers of a step are allocated here. The weights stay the caller's.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="weights">Its weights on the device.</param>
    /// <param name="kernels">Kernels for the element types of weights and cache.</param>
    /// <param name="accelerator">The device.</param>
    /// <param name="limits">The largest step there will be.</param>
    public LlamaModel(
        LlamaConfig config, DeviceWeights weights, KernelSet kernels, Accelerator accelerator, StepLimits limits)
    {
        _config = config;
        _weights = weights;
        _kernels = kernels;
        _workspace = new Workspace(accelerator, config, limits, kernels);
        _upload = new StepUpload(accelerator, limits, kernels.Tiling, config.KeyValueHeadCount, config.HeadsPerKeyValueHead);
        _likeliest = new LikeliestTokens(accelerator, kernels, config.VocabularySize, limits.MaxSequences);
        _stream = accelerator.DefaultStream;
        _bestIds = accelerator.AllocatePageLocked1D<int>(limits.MaxSequences);
        _rotations = accelerator.Allocate1D(RotationTable.Compute(config, limits.MaxPositions));
        _attentionShape = new AttentionShape
        {
            HeadsPerKeyValueHead = config.HeadsPerKeyValueHead,
            HeadDim = config.HeadDim,
            TokenCapacity = _workspace.TokenCapacity,
            OutputStride = _workspace.AttentionStride,
            Scale = (float)(1 / Math.Sqrt(config.HeadDim)),
        };
    }

    /// <summary>Device memory of activations and tables, in bytes.</summary>
    public long WorkspaceBytes =>
        _workspace.SizeInBytes + _upload.SizeInBytes + _likeliest.SizeInBytes + _rotations.LengthInBytes + _kernels.WorkspaceBytes;

    /// <summary>Gives a step to the device and does not wait for it; the batch may change once this returns.</summary>
    /// <param name="batch">The step.</param>
    /// <param name="cache">The pool of KV blocks that the batch's block tables speak of, on the same device.</param>
    public void Launch(StepBatch batch, KvStorage cache)
    {
        _upload.Upload(batch);
        int tokens = batch.TokenCount;
        int hiddenOctets = _weights.Embedding.Octets;

        _kernels.Embed(_upload.View.TokenIds, _weights.Embedding.Packets, _workspace.Residual, tokens, hiddenOctets);
        for (int layer = 0; layer < _config.LayerCount; layer++)
        {
            Attend(cache, layer, tokens);
            FeedForward(layer, tokens);
        }

        if (batch.LogitCount == 0)
            return;
        Normalize(_upload.View.LogitTokens, _weights.FinalNorm, _workspace.LogitInput, batch.LogitCount);
        _kernels.Linear(_workspace.LogitInput, _weights.Output, _workspace.Logits, batch.LogitCount, _workspace.LogitStride);
        _kernels.Argmax(
            _workspace.Logits, _workspace.BestOfPieces, _workspace.BestIds, batch.LogitCount, _config.VocabularySize, _workspace.LogitStride);
        _workspace.BestIds.SubView(0, batch.LogitCount).CopyToCPUUnsafeAsync(_stream, ref _bestIds.Span[0], batch.LogitCount);
    }

    /// <summary>Has the likeliest tokens found for rows of the step that was launched last; does not wait.</summary>
    /// <param name="rows">Rows of logits, as in the batch; may be none.</param>
    public void LaunchLikeliest(ReadOnlySpan<int> rows)
    {
        if (!rows.IsEmpty)
            _likeliest.Launch(_workspace.Logits, _workspace.LogitStride, rows);
    }

    /// <summary>What <see cref="LaunchLikeliest"/> found, once the step was waited for: the likeliest first, of equal ones the lowest id.</summary>
    /// <param name="listed">Which of the rows that it was given.</param>
    /// <returns>As many as <see cref="TopKKernel.ListLength"/> says, or the whole vocabulary.</returns>
    public ReadOnlySpan<TokenLogit> ReadLikeliest(int listed) => _likeliest[listed];

    /// <summary>Waits for the step that was launched last and gives, for each row of logits, the id of the largest; of equal logits the lowest.</summary>
    /// <param name="bestIds">As long as the step has rows of logits; nothing is waited for where it has none.</param>
    /// <exception cref="PagedException">A logit is not a number.</exception>
    public void ReadBestIds(Span<int> bestIds)
    {
        if (bestIds.IsEmpty)
            return;
        Wait();
        _bestIds.Span[..bestIds.Length].CopyTo(bestIds);
        int broken = bestIds.IndexOf(ArgmaxKernel.NotANumber);
        if (broken >= 0)
            throw new PagedException($"A logit of row {broken} of the step is not a number (NaN); the weights are damaged or overflow their type.");
    }

    /// <summary>Waits until the device has done all that it was given.</summary>
    public void Wait() => _stream.Synchronize();

    /// <summary>Elements from one row of logits to the next.</summary>
    public int LogitStride => _workspace.LogitStride;

    /// <summary>Logits of the last step, from the beginning of a row on.</summary>
    /// <param name="firstRow">Row of logits, as in the batch.</param>
    /// <param name="logits">
    /// Receives one value for each id of the vocabulary or, if longer, further rows, each <see cref="LogitStride"/> behind the one before.
    /// </param>
    public void ReadLogits(int firstRow, Span<float> logits) =>
        HostCopy.Download(_workspace.Logits.SubView((long)firstRow * LogitStride, logits.Length), logits);

    /// <inheritdoc/>
    public void Dispose()
    {
        _workspace.Dispose();
        _upload.Dispose();
        _likeliest.Dispose();
        _bestIds.Dispose();
        _rotations.Dispose();
    }

    private void Attend(KvStorage cache, int layer, int tokens)
    {
        LayerWeights weights = _weights.Layers[layer];
        int heads = _config.HeadCount + 2 * _config.KeyValueHeadCount;
        Normalize(_workspace.AllRows, weights.AttentionNorm, _workspace.Normed, tokens);
        _kernels.Linear(_workspace.Normed, weights.QueryKeyValue, _workspace.Projected, tokens, heads * _config.HeadDim);
        _kernels.Rope(
            _upload.View,
            _workspace.Projected,
            _rotations.View,
            _workspace.Queries,
            cache.Packets,
            cache.Layout,
            _attentionShape,
            layer,
            tokens);
        foreach (AttentionTiles tiles in _upload.Tiles)
        {
            if (tiles.View.Length > 0)
            {
                _kernels.Attention(
                    _upload.View,
                    tiles,
                    _workspace.Queries,
                    cache.Packets,
                    _workspace.Attended,
                    _workspace.Partials,
                    cache.Layout,
                    _attentionShape,
                    layer);
            }
        }

        AddToResidual(_workspace.Attended, weights.AttentionOutput, tokens);
    }

    private void FeedForward(int layer, int tokens)
    {
        LayerWeights weights = _weights.Layers[layer];
        Normalize(_workspace.AllRows, weights.FeedForwardNorm, _workspace.Normed, tokens);
        _kernels.GateUp(_workspace.Normed, weights.GateUp, _workspace.GateUp, _workspace.Product, tokens, weights.Down.Octets);
        AddToResidual(_workspace.Product, weights.Down, tokens);
    }

    private void Normalize(ArrayView<int> rows, ArrayView<Packet> weight, ArrayView<Packet> output, int count) =>
        _kernels.RmsNorm(_workspace.Residual, rows, weight, output, count, _config.HiddenSize, _config.RmsNormEpsilon);

    private void AddToResidual(ArrayView<Packet> input, PackedMatrix weight, int tokens) => _kernels.LinearAccumulate(
        input, weight, _workspace.Residual.Cast<float>(), tokens, _weights.Embedding.Octets * Octet.Length);
}
