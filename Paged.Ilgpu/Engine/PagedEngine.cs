using System.Runtime.CompilerServices;
using ILGPU.Runtime;
using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Model;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Scheduling;
using Paged.Ilgpu.Tokenization;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Engine;

/// <summary>
/// Answers prompts in one continuously changing batch: a request joins as soon as there is room and leaves as soon as it ends. One step is
/// three verbs: schedule, run, finish. While the caller sees to what has ended, the device is already at the next step: a request that is
/// added joins the one after. Answers, greedy or drawn, do not depend on what else is in the batch. Not for use from several threads.
/// </summary>
public sealed class PagedEngine : IDisposable
{
    /// <summary>The meter of System.Diagnostics.Metrics that every engine publishes its instruments under; docs/observing.md lists them.</summary>
    public const string MeterName = "Paged.Ilgpu";

    private readonly KernelSet _kernels;
    private readonly DeviceWeights _weights;
    private readonly KvStorage _storage;
    private readonly LlamaModel _model;
    private readonly KvCacheManager _cache;
    private readonly Scheduler _scheduler;
    private readonly RowSampling _rowSampling;
    private readonly ITokenizer? _tokenizer;
    private readonly Dictionary<long, Sequence> _open = []; // by request number, until it ends
    private readonly int[] _sampledIds; // [logit row]
    private readonly EngineMetrics _metrics;
    private readonly RequestClock _clock;
    private StepBatch? _underWay; // the step that the device has been given and whose results nobody has read
    private long _lastId;

    /// <summary>Brings a model to a device and makes its KV pool.</summary>
    /// <param name="accelerator">The device; stays the caller's.</param>
    /// <param name="config">The model.</param>
    /// <param name="weights">Its weights, not needed any more once the engine is made.</param>
    /// <param name="storedType">The type in which the checkpoint stores its matrices.</param>
    /// <param name="options">How the engine is set up.</param>
    /// <param name="tokenizer">Needed for completions to have texts and for stop strings.</param>
    /// <param name="loading">Told how far the weights are; null where nobody asks.</param>
    /// <exception cref="PagedException">The options do not fit the model or the device.</exception>
    public PagedEngine(
        Accelerator accelerator,
        LlamaConfig config,
        IWeightSource weights,
        ElementType storedType,
        EngineOptions options,
        ITokenizer? tokenizer = null,
        IProgress<LoadProgress>? loading = null)
    {
        _tokenizer = tokenizer;
        Options = options.ValidatedFor(config);
        Config = config;
        MaxModelLength = options.MaxModelLength ?? config.MaxPositions;
        ElementType weightType = options.WeightType ?? storedType;
        ElementType keyValueType = options.KeyValueType ?? weightType;
        SchedulerOptions schedulerOptions = options.SchedulerOptionsFor(config);

        _kernels = KernelSet.Create(
            accelerator,
            weightType,
            keyValueType,
            options.GroupSize ?? KernelSet.GroupSizeFor(accelerator),
            options.KernelForm);
        _weights = new DeviceWeights(accelerator, config, weights, weightType, _kernels.Form, options.Quantization, loading);
        foreach (PackedMatrix matrix in _weights.Matrices)
            _kernels.Arrange(matrix);
        int blockSize = KvPoolSize.BlockSizeOf(options, MaxModelLength);
        var limits = new StepLimits(options.MaxBatchedTokens, options.MaxSequences, schedulerOptions.MaxBlockIds(blockSize), MaxModelLength);
        _model = new LlamaModel(config, _weights, _kernels, accelerator, limits);
        KvCacheOptions cacheOptions = KvPoolSize.Decide(
            options, config, keyValueType, accelerator, _weights.SizeInBytes + _model.WorkspaceBytes);
        _storage = new KvStorage(accelerator, config, keyValueType, cacheOptions);
        _cache = new KvCacheManager(cacheOptions);
        _scheduler = new Scheduler(schedulerOptions, _cache);
        _rowSampling = new RowSampling(_model, accelerator, config.VocabularySize, options.MaxSequences);
        _sampledIds = new int[options.MaxSequences];
        DeviceMemoryBytes = KvPoolSize.DeviceMemoryBytes(options, accelerator);
        _metrics = new EngineMetrics(_scheduler, _cache);
        _clock = new RequestClock(options.Clock, _metrics);
    }

    /// <summary>How the engine was set up.</summary>
    public EngineOptions Options { get; }

    /// <summary>The model.</summary>
    public LlamaConfig Config { get; }

    /// <summary>Tokens of prompt and answer together, at most.</summary>
    public int MaxModelLength { get; }

    /// <summary>The KV pool: slots of a block and blocks.</summary>
    public KvCacheOptions CacheOptions => _cache.Options;

    /// <summary>Bytes of keys and values of one token, all layers.</summary>
    public long KvBytesPerToken => _storage.SizeInBytes / ((long)CacheOptions.BlockCount * CacheOptions.BlockSize);

    /// <summary>The form of the kernels that the device runs.</summary>
    public KernelForm KernelForm => _kernels.Form;

    /// <summary>Device memory of the weights, in bytes.</summary>
    public long WeightBytes => _weights.SizeInBytes;

    /// <summary>Device memory of the KV pool, in bytes.</summary>
    public long KvCacheBytes => _storage.SizeInBytes;

    /// <summary>What counts as the device's memory, in bytes.</summary>
    public long DeviceMemoryBytes { get; }

    /// <summary>What was scheduled so far, and what the cache held meanwhile.</summary>
    public SchedulerStatistics Statistics => _scheduler.Statistics;

    /// <summary>What the cache holds now.</summary>
    public CacheUsage Usage => _cache.Usage;

    /// <summary>Where the cache's events go; null, the default, costs nothing.</summary>
    public ICacheEventSink? CacheEvents
    {
        get => _cache.Events;
        set => _cache.Events = value;
    }

    /// <summary>Who is told of every step; null, the default, costs nothing.</summary>
    public IStepObserver? StepObserver { get; set; }

    /// <summary>Requests that wait for room.</summary>
    public int WaitingCount => _scheduler.WaitingCount;

    /// <summary>Requests that run.</summary>
    public int RunningCount => _scheduler.RunningCount;

    /// <summary>Whether any request is left.</summary>
    public bool HasWork => _scheduler.HasWork;

    /// <summary>Adds a request.</summary>
    /// <param name="prompt">Token ids, at least one, each of the vocabulary.</param>
    /// <param name="sampling">How its answer is drawn and where it ends.</param>
    /// <param name="priority">Lower goes first, where the scheduling policy is by priority.</param>
    /// <param name="answerCount">Answers to the prompt, which is computed and stored once for all of them.</param>
    /// <returns>The number that the first answer's completion carries; those of the others follow it.</returns>
    /// <exception cref="PagedException">
    /// A value is out of its range, or the request can never be served: the message names the one, or has the other's arithmetic.
    /// </exception>
    public long Add(ReadOnlySpan<int> prompt, SamplingOptions sampling, int priority = 0, int answerCount = 1) =>
        AddSequence(prompt, sampling, priority, answerCount).Id;

    /// <summary>Ends a request that nobody wants any more; its blocks are free at once, and no completion comes. One that has ended stays so.</summary>
    /// <param name="id">The request's number.</param>
    public void Abort(long id)
    {
        if (_open.Remove(id, out Sequence? sequence))
            _scheduler.Abort(sequence);
    }

    /// <summary>Ends the step that is under way, and begins the next.</summary>
    /// <returns>The requests that ended with it; empty where there is nothing to do.</returns>
    public IReadOnlyList<Completion> Step()
    {
        IReadOnlyList<Sequence> ended = StepSequences();
        return ended.Count == 0 ? [] : [.. ended.Select(Completion.Of)];
    }

    /// <summary>Runs one step and shows its logits, for measurements.</summary>
    /// <param name="look">
    /// Is given a request's number and the model's logits for its next token, one for each id of the vocabulary; they are overwritten afterwards.
    /// </param>
    /// <returns>As <see cref="Step()"/>.</returns>
    public IReadOnlyList<Completion> Step(Action<long, ReadOnlySpan<float>> look)
    {
        var logits = new float[Config.VocabularySize];
        IReadOnlyList<Sequence> ended = StepSequences(batch =>
        {
            for (int row = 0; row < batch.LogitCount; row++)
            {
                ReadLogits(row, logits);
                look(batch.LogitSequences[row].Id, logits);
            }
        });
        return [.. ended.Select(Completion.Of)];
    }

    /// <summary>Answers requests, each as soon as it is done, not in their order. The steps run on the thread pool.</summary>
    /// <param name="requests">Prompts and how their answers are drawn; numbered in their order.</param>
    /// <param name="cancellation">Ends the run between two steps.</param>
    public async IAsyncEnumerable<Completion> GenerateAsync(
        IEnumerable<(int[] Prompt, SamplingOptions Sampling)> requests, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        foreach ((int[] prompt, SamplingOptions sampling) in requests)
            Add(prompt, sampling);
        while (HasWork)
        {
            foreach (Completion completion in await Task.Run(Step, cancellation).ConfigureAwait(false))
                yield return completion;
        }
    }

    /// <summary>Rows of logits that were read back whole to draw from, for tests.</summary>
    internal long LogitRowsRead => _rowSampling.RowsRead;

    /// <summary>The logits of a row of the last step, for tests.</summary>
    internal void ReadLogits(int row, Span<float> logits) => _model.ReadLogits(row, logits);

    /// <summary>Fills the KV pool with NaNs, so that a test notices when a slot is read that was not written.</summary>
    internal void PoisonCache() => _storage.Poison();

    /// <summary>Adds a request and gives its sequence, for tests.</summary>
    internal Sequence AddSequence(ReadOnlySpan<int> prompt, SamplingOptions sampling, int priority = 0, int answerCount = 1)
    {
        foreach (int id in prompt)
        {
            if ((uint)id >= (uint)Config.VocabularySize)
                throw new PagedException($"A prompt has the token id {id}; the model's ids go from 0 to {Config.VocabularySize - 1}.");
        }

        if (answerCount < 1)
            throw new PagedException($"The value of n is {answerCount}; it must be at least 1.");
        long firstId = _lastId + 1;
        sampling = sampling.ValidatedFor(Config.VocabularySize);
        if (sampling.Seed is null)
            sampling = sampling with { Seed = firstId }; // all answers to the prompt go by one
        var sequence = new Sequence(firstId, prompt, sampling, priority, tokenizer: _tokenizer);
        for (int answer = 1; answer < answerCount; answer++)
            sequence.AddBranch(sequence.Id + answer);
        _scheduler.Add(sequence);
        _clock.Added(sequence);
        _lastId += answerCount;
        _open.Add(sequence.Id, sequence);
        foreach (Sequence branch in sequence.Branches)
            _open.Add(branch.Id, branch);
        return sequence;
    }

    /// <summary>Steps and gives the sequences that ended; <paramref name="observe"/> sees the batch before it is finished.</summary>
    internal IReadOnlyList<Sequence> StepSequences(Action<StepBatch>? observe = null)
    {
        StepBatch? batch = _underWay ?? Begin();
        _underWay = null;
        if (batch is null)
            return [];
        Span<int> sampledIds = _sampledIds.AsSpan(0, batch.LogitCount);
        _model.ReadBestIds(sampledIds);
        _rowSampling.Draw(batch, _sampledIds);
        observe?.Invoke(batch);
        IReadOnlyList<Sequence> ended = _scheduler.Finish(batch, sampledIds);
        foreach (Sequence sequence in ended)
            _open.Remove(sequence.Id);
        TimeSpan now = _clock.StepEnded(batch, ended);
        StepObserver?.StepEnded(batch, ended, now);
        if (Options.CheckInvariants)
            _scheduler.CheckInvariants();
        _underWay = Begin();
        return ended;
    }

    private StepBatch? Begin()
    {
        if (_scheduler.Schedule() is not { } batch)
            return null;
        StepObserver?.StepBegins(batch, _clock.Now);
        _storage.Move(batch.Transfers);
        _model.Launch(batch, _storage);
        _rowSampling.Begin(batch);
        return batch;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_underWay is not null)
            _model.Wait();
        _metrics.Dispose();
        _rowSampling.Dispose();
        _model.Dispose();
        _storage.Dispose();
        _weights.Dispose();
        _kernels.Dispose();
    }
}
