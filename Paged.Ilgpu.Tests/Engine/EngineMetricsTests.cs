using System.Diagnostics.Metrics;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Engine;

internal sealed class EngineMetricsTests
{
    private static readonly LlamaConfig Config = RandomLlama.Shape(maxPositions: 64);

    private TestDevice _device = null!;

    [OneTimeSetUp]
    public void Open() => _device = TestDevice.Open("cpu", 1);

    [OneTimeTearDown]
    public void Close() => _device.Dispose();

    [Test]
    public void a_completion_tells_when_its_first_token_came_and_how_long_it_took()
    {
        using PagedEngine engine = Make(); // looks at the clock at 0 s
        engine.Add([1, 2, 3], Answer(3)); // at 1 s
        engine.Add([4], Answer(1)); // at 2 s
        Completion[] completions = [.. Drain(engine).OrderBy(completion => completion.Id)]; // steps end at 3, 4, 5 s
        Assert.Multiple(() =>
        {
            Assert.That(completions[0].TimeToFirstToken, Is.EqualTo(TimeSpan.FromSeconds(2)));
            Assert.That(completions[0].Duration, Is.EqualTo(TimeSpan.FromSeconds(4)));
            Assert.That(completions[0].TimePerOutputToken, Is.EqualTo(TimeSpan.FromSeconds(1)));
            Assert.That(completions[1].TimeToFirstToken, Is.EqualTo(TimeSpan.FromSeconds(1)));
            Assert.That(completions[1].Duration, Is.EqualTo(TimeSpan.FromSeconds(1)));
            Assert.That(completions[1].TimePerOutputToken, Is.Null, "there is no second token");
        });
    }

    [Test]
    public void a_listener_reads_the_state_of_the_engine_between_its_steps()
    {
        using var heard = new Heard();
        using PagedEngine engine = Make(new EngineOptions { BlockCount = 16, BlockSize = 4, MaxSequences = 2 });
        engine.Add([1, 2, 3, 4, 5, 6], Answer(8));
        engine.Add([7], Answer(8));
        engine.Add([8], Answer(8));
        engine.Step();
        IReadOnlyDictionary<string, double> now = heard.Now();
        Assert.Multiple(() =>
        {
            Assert.That(now["paged.num_requests_running"], Is.EqualTo(2));
            Assert.That(now["paged.num_requests_waiting"], Is.EqualTo(1));
            Assert.That(now["paged.kv_cache_usage_perc"], Is.EqualTo(3 / 16.0), "six tokens take two blocks of four, one token one");
            Assert.That(now["paged.num_preemptions"], Is.Zero);
            Assert.That(now["paged.prompt_tokens"], Is.EqualTo(7));
            Assert.That(now["paged.generation_tokens"], Is.EqualTo(2));
        });
    }

    [Test]
    public void a_listener_is_told_the_times_of_every_request_and_how_it_ended()
    {
        using var heard = new Heard();
        using PagedEngine engine = Make();
        engine.Add([1, 2, 3], Answer(3));
        engine.Add([4], Answer(1));
        int first = Drain(engine)[0].TokenIds[0];
        engine.Add([4], new SamplingOptions { MaxTokens = 9, StopTokenIds = [first] });
        Drain(engine);
        Assert.Multiple(() =>
        {
            Assert.That(heard.Recorded("paged.time_to_first_token"), Is.EquivalentTo(new[] { 2.0, 1.0, 1.0 }));
            Assert.That(heard.Recorded("paged.request_time_per_output_token"), Is.EqualTo(new[] { 1.0 }));
            Assert.That(heard.Recorded("paged.e2e_request_latency"), Is.EquivalentTo(new[] { 4.0, 1.0, 1.0 }));
            Assert.That(heard.Recorded("paged.request_success finished_reason=length"), Is.EqualTo(new[] { 1.0, 1.0 }));
            Assert.That(heard.Recorded("paged.request_success finished_reason=stop"), Is.EqualTo(new[] { 1.0 }));
        });
    }

    [Test]
    public void equal_prompts_are_hits_of_the_prefix_cache_and_a_full_pool_preempts()
    {
        using var heard = new Heard();
        using PagedEngine engine = Make(new EngineOptions { BlockCount = 6, BlockSize = 4 });
        for (int request = 0; request < 3; request++)
            engine.Add([1, 2, 3, 4, 5, 6, 7, 8, 9], Answer(10));
        Drain(engine);
        IReadOnlyDictionary<string, double> now = heard.Now();
        Assert.That(now["paged.prefix_cache_queries"], Is.EqualTo(27));
        Assert.That(now["paged.prefix_cache_hits"], Is.EqualTo(16), "two full blocks, twice");
        Assert.That(now["paged.num_preemptions"], Is.EqualTo(engine.Statistics.Preemptions).And.GreaterThan(0));
    }

    [Test]
    public void engines_of_one_process_are_told_apart_and_leave_with_their_instruments()
    {
        using var heard = new Heard();
        PagedEngine first = Make();
        using PagedEngine second = Make();
        Assert.That(heard.Engines, Has.Count.EqualTo(2));
        second.Add([1], Answer(2));
        second.Step();
        first.Dispose();
        Assert.That(heard.Now()["paged.generation_tokens"], Is.EqualTo(1), "those of the engine that is left");
    }

    private static SamplingOptions Answer(int tokens) => new() { MaxTokens = tokens };

    private static List<Completion> Drain(PagedEngine engine)
    {
        var completions = new List<Completion>();
        while (engine.HasWork)
            completions.AddRange(engine.Step());
        return completions;
    }

    private PagedEngine Make(EngineOptions? options = null)
    {
        using IWeightSource weights = RandomLlama.Weights(Config, seed: 5);
        options = (options ?? new EngineOptions { BlockCount = 16 }) with { GroupSize = 1, Clock = new TickingClock() };
        return new PagedEngine(_device.Accelerator, Config, weights, ElementType.Float32, options);
    }

    /// <summary>What a listener to the meter hears from its making on.</summary>
    private sealed class Heard : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly List<(string Name, double Value)> _recorded = [];

        public Heard()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name != PagedEngine.MeterName)
                    return;
                Engines.Add(instrument.Meter.Tags!.Single().Value!);
                listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, value, tags));
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
            _listener.Start();
        }

        /// <summary>The values of the tag that tells engines apart.</summary>
        public HashSet<object> Engines { get; } = [];

        public IEnumerable<double> Recorded(string name) => _recorded.Where(heard => heard.Name == name).Select(heard => heard.Value);

        /// <summary>What the instruments that are read answer now; each must be there once.</summary>
        public IReadOnlyDictionary<string, double> Now()
        {
            _recorded.Clear();
            _listener.RecordObservableInstruments();
            return _recorded.ToDictionary(heard => heard.Name, heard => heard.Value);
        }

        public void Dispose() => _listener.Dispose();

        private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            _recorded.Add((tags.IsEmpty ? instrument.Name : $"{instrument.Name} {tags[0].Key}={tags[0].Value}", value));
    }
}
