using System.Diagnostics.Metrics;
using System.Globalization;
using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Engine;

/// <summary>
/// An engine's instruments, for OpenTelemetry, <c>dotnet-counters</c> and whoever else listens to the meter <see cref="PagedEngine.MeterName"/>. Names,
/// units and buckets are those of vLLM ("Production Metrics" in its documentation), so that behind OpenTelemetry's Prometheus exporter
/// <c>paged_time_to_first_token_seconds</c> is its <c>vllm:time_to_first_token_seconds</c>. What changes with every step is read only when
/// somebody asks; what is recorded costs nothing where nobody listens.
/// </summary>
internal sealed class EngineMetrics : IDisposable
{
    private const string Requests = "{request}";
    private const string Tokens = "{token}";
    private const string Seconds = "s";

    private static readonly KeyValuePair<string, object?> Stop = new("finished_reason", "stop");
    private static readonly KeyValuePair<string, object?> Length = new("finished_reason", "length");
    private static int _engineCount;

    private readonly Counter<long> _requestSuccess;
    private readonly Histogram<double> _timeToFirstToken;
    private readonly Histogram<double> _timePerOutputToken;
    private readonly Histogram<double> _requestLatency;

    /// <summary>Publishes the instruments of an engine; the tag <c>engine</c> counts the engines of the process, from 0.</summary>
    public EngineMetrics(Scheduler scheduler, KvCacheManager cache)
    {
        string engine = (Interlocked.Increment(ref _engineCount) - 1).ToString(CultureInfo.InvariantCulture);
        Meter = new Meter(new MeterOptions(PagedEngine.MeterName) { Tags = [new("engine", engine)] });
        SchedulerStatistics statistics = scheduler.Statistics;

        Meter.CreateObservableGauge("paged.num_requests_running", () => scheduler.RunningCount, Requests, "Requests that run.");
        Meter.CreateObservableGauge("paged.num_requests_waiting", () => scheduler.WaitingCount, Requests, "Requests that wait for room.");
        Meter.CreateObservableGauge(
            "paged.kv_cache_usage_perc", () => ShareInUse(cache.Usage), unit: null, "Share of KV cache blocks that have an owner, 0 to 1.");
        Meter.CreateObservableCounter(
            "paged.num_preemptions", () => statistics.Preemptions, "{preemption}", "How often a request had to give its blocks up.");
        Meter.CreateObservableCounter(
            "paged.prefix_cache_queries", () => statistics.PrefixHits.QueriedTokens, Tokens, "Prompt tokens looked for in the cache.");
        Meter.CreateObservableCounter(
            "paged.prefix_cache_hits", () => statistics.PrefixHits.HitTokens, Tokens, "Prompt tokens found in the cache.");
        Meter.CreateObservableCounter(
            "paged.prompt_tokens", () => statistics.PromptTokens, Tokens, "Prompt tokens of the requests whose answer has begun.");
        Meter.CreateObservableCounter(
            "paged.generation_tokens", () => statistics.GeneratedTokens, Tokens, "Tokens drawn.");

        _requestSuccess = Meter.CreateCounter<long>("paged.request_success", Requests, "Requests that ended, by finished_reason.");
        _timeToFirstToken = Durations(
            "paged.time_to_first_token",
            "From a request's arrival to the first token of its answer.",
            [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560]);
        _timePerOutputToken = Durations(
            "paged.request_time_per_output_token",
            "Time of each token of an answer after its first, on average over the answer.",
            [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80]);
        _requestLatency = Durations(
            "paged.e2e_request_latency",
            "From a request's arrival to the last token of its answer.",
            [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680]);
    }

    /// <summary>What the instruments belong to.</summary>
    public Meter Meter { get; }

    /// <summary>A sequence has drawn its first token.</summary>
    public void HadFirstToken(Sequence sequence)
    {
        if (_timeToFirstToken.Enabled)
            _timeToFirstToken.Record((sequence.Times.FirstToken - sequence.Times.Added).TotalSeconds);
    }

    /// <summary>A sequence has ended by itself.</summary>
    public void Ended(Sequence sequence)
    {
        SequenceTimes times = sequence.Times;
        if (_requestSuccess.Enabled)
            _requestSuccess.Add(1, sequence.FinishReason == FinishReason.Stop ? Stop : Length);
        if (_requestLatency.Enabled)
            _requestLatency.Record((times.Ended - times.Added).TotalSeconds);
        if (_timePerOutputToken.Enabled && sequence.GeneratedCount > 1)
            _timePerOutputToken.Record((times.Ended - times.FirstToken).TotalSeconds / (sequence.GeneratedCount - 1));
    }

    /// <inheritdoc/>
    public void Dispose() => Meter.Dispose();

    private static double ShareInUse(CacheUsage usage) => (double)usage.OwnedBlocks / usage.BlockCount;

    private Histogram<double> Durations(string name, string description, double[] buckets) =>
        Meter.CreateHistogram(name, Seconds, description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = buckets });
}
