using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Cli.Report.Recording;

/// <summary>Watches an engine's steps and the events of its cache, and keeps what a report draws from them.</summary>
internal sealed class RunRecorder : IStepObserver, ICacheEventSink
{
    /// <summary>Requests that are kept with all that is known of them, the first ones; of others only the lengths, 16 bytes each.</summary>
    public const int MostRequests = 10_000;

    private readonly PagedEngine _engine;
    private readonly ICacheEventSink? _nextSink;
    private readonly BlockMap _map;
    private readonly FrameList _frames = new();
    private readonly SortedDictionary<long, RequestRecord> _requests = []; // by the engine's number
    private readonly Dictionary<long, string> _names = []; // by the engine's number of a request's first answer
    private readonly List<(long Id, int PromptTokens, int AnswerTokens)> _lengths = []; // of all that ended
    private TimeSpan? _start;
    private Frame? _begun;
    private long _preemptions;

    /// <summary>Begins to watch; whoever received the cache's events before still does.</summary>
    public RunRecorder(PagedEngine engine)
    {
        _engine = engine;
        _map = new BlockMap(engine.CacheOptions.BlockCount);
        _nextSink = engine.CacheEvents;
        engine.CacheEvents = this;
        engine.StepObserver = this;
    }

    /// <summary>Tells how many requests wait that the engine does not know of yet.</summary>
    public Func<int> WaitingElsewhere { get; set; } = () => 0;

    /// <summary>The engine that is watched.</summary>
    public PagedEngine Engine => _engine;

    /// <summary>When the first step began, on the engine's clock.</summary>
    public TimeSpan Start => _start ?? TimeSpan.Zero;

    /// <summary>The steps.</summary>
    public FrameList Frames => _frames;

    /// <summary>Neighbouring blocks that share a cell of the map.</summary>
    public int BlocksPerCell => _map.BlocksPerCell;

    /// <summary>The requests that were given blocks, in order of arrival, <see cref="MostRequests"/> at most.</summary>
    public IReadOnlyCollection<RequestRecord> Requests => _requests.Values;

    /// <summary>Tokens of prompt and answer of every request that ended, in order of arrival.</summary>
    public IEnumerable<(int PromptTokens, int AnswerTokens)> Lengths =>
        _lengths.OrderBy(request => request.Id).Select(request => (request.PromptTokens, request.AnswerTokens));

    /// <summary>What the map shows once all is done, otherwise than in the last frame; to be asked once.</summary>
    public CellChange[] TakeFinalChanges() => _map.TakeChanges();

    /// <summary>Takes note of what a request is called.</summary>
    /// <param name="id">The engine's number of its first answer.</param>
    /// <param name="name">The name that the user knows.</param>
    public void Name(long id, string name)
    {
        if (_names.Count < MostRequests)
            _names[id] = name;
    }

    /// <inheritdoc/>
    public void Record(in CacheEvent cacheEvent)
    {
        _map.Apply(cacheEvent);
        _nextSink?.Record(cacheEvent);
    }

    /// <inheritdoc/>
    public void StepBegins(StepBatch batch, TimeSpan time)
    {
        _start ??= time;
        long promptTokens = 0;
        for (int index = 0; index < batch.SequenceCount; index++)
        {
            Sequence sequence = batch.Sequences[index];
            int tokens = batch.SequenceStarts[index + 1] - batch.SequenceStarts[index];
            int stored = batch.ContextLengths[index];
            promptTokens += Math.Clamp(sequence.PromptLength - (stored - tokens), 0, tokens);
            RecordOf(sequence)?.Store(batch.Step, stored);
        }

        SchedulerStatistics statistics = _engine.Statistics;
        _begun = new Frame
        {
            Step = batch.Step,
            PromptTokens = promptTokens,
            GeneratedTokens = batch.LogitCount,
            Preemptions = statistics.Preemptions - _preemptions,
            StoredSlots = statistics.Usage.Last.StoredSlots,
            OwnedSlots = statistics.Usage.Last.OwnedSlots,
            Running = statistics.Usage.LastSequences,
            Waiting = _engine.WaitingCount + WaitingElsewhere(),
            Changes = _map.TakeChanges(), // before those leave that the step ends
        };
        _preemptions = statistics.Preemptions;
    }

    /// <inheritdoc/>
    public void StepEnded(StepBatch batch, IReadOnlyList<Sequence> ended, TimeSpan time)
    {
        _frames.Add(_begun! with { Time = time - Start });
        for (int i = 0; i < ended.Count; i++)
        {
            Sequence sequence = ended[i];
            RecordOf(sequence)?.End();
            _lengths.Add((sequence.Id, sequence.PromptLength, sequence.GeneratedCount));
        }
    }

    /// <summary>Null for a request that is one too many.</summary>
    private RequestRecord? RecordOf(Sequence sequence)
    {
        if (!_requests.TryGetValue(sequence.Id, out RequestRecord? record) && _requests.Count < MostRequests)
            _requests.Add(sequence.Id, record = new RequestRecord(sequence, NameOf(sequence)));
        return record;
    }

    /// <summary>A sequence's request, and which of its answers it is where that has several.</summary>
    private string NameOf(Sequence sequence)
    {
        string name = _names.GetValueOrDefault(sequence.Id - sequence.Branch, $"request {sequence.Id}");
        return sequence.Branch == 0 ? name : $"{name} ({sequence.Branch + 1})";
    }
}
