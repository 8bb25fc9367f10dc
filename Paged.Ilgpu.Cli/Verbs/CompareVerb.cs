using System.CommandLine;
using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Cli.Options;
using Paged.Ilgpu.Cli.Output;
using Paged.Ilgpu.Cli.Report;
using Paged.Ilgpu.Cli.Report.Page;
using Paged.Ilgpu.Cli.Report.Recording;
using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Model;
using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Cli.Verbs;

/// <summary><c>paged compare</c>: the same prompts with the naive and the paged cache in the same memory.</summary>
internal sealed class CompareVerb
{
    private const int DefaultNaiveSequences = 4;

    private readonly PromptOptions _prompts = new(takesPrompt: false);
    private readonly ModelOptions _model = new();
    private readonly GenerationOptions _generation = new();
    private readonly OutputOptions _output = new(traces: false);
    private readonly EngineSettings _engine = new(choosesCache: false);

    private readonly Option<int?> _naiveSequences = CheckedOption.OptionalWhole(
        "--naive-seqs",
        $"KV memory in which the naive cache holds N sequences. [default: {DefaultNaiveSequences}, unless another option says how much there is]",
        min: 1);

    public static Command Build()
    {
        var verb = new CompareVerb();
        var command = new Command("compare", "Answer the same prompts with the naive and the paged KV cache, in the same memory, and show a line of each answer.");
        verb._prompts.AddTo(command);
        command.Add(verb._naiveSequences);
        verb._output.AddTo(command);
        verb._model.AddTo(command);
        verb._generation.AddTo(command);
        verb._engine.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(verb._naiveSequences) is not null && verb._engine.Cache.SaysSize(result))
                result.AddError("The option --naive-seqs says how large the KV cache is, and so does another option; expected is one of them.");
        });
        command.SetVerb(verb.Compare);
        return command;
    }

    private int Compare(ParseResult options)
    {
        string? inputFile = _prompts.InputFile(options);
        using FileStream? output = _output.OpenOutput(options, inputFile);
        using FileStream? summaryFile = _output.OpenSummary(options, inputFile);
        using FileStream? reportFile = _output.OpenReport(options, inputFile);
        using IRequestSource requests = _prompts.Open(options);
        using LoadedModel model = _model.Open(options);
        SamplingOptions defaults = _generation.Defaults(options, model);
        ServedModel served = _prompts.ModelFor(options, model, defaults);
        using var device = new OpenDevice(_engine.Device(options));
        EngineOptions sameMemory = WithKvMemory(_engine.Read(options), options, model);

        // One after the other: two pools at once would not be the same memory.
        (RunSummary naive, Outcome[] naiveAnswers, RecordedRun? naiveRun) = Answer(CacheMethod.Naive);
        (RunSummary paged, Outcome[] pagedAnswers, RecordedRun? pagedRun) = Answer(CacheMethod.Paged);
        if (output is not null)
        {
            using var lines = new BatchOutputWriter(output, _prompts.NameOf(options, model), DateTimeOffset.UtcNow);
            foreach (Outcome outcome in pagedAnswers)
                lines.Write(outcome);
        }

        TextWriter report = options.InvocationConfiguration.Output;
        if (output is null)
            AnswerList.Write(report, [.. requests.Read(served)], pagedAnswers);
        new CompareReport(naive, paged).Write(report, device.Name);
        AnswerDifference difference = AnswerDifference.Between(naiveAnswers, pagedAnswers);
        report.WriteLine(difference.Sentence);
        SummaryJson.Write(summaryFile, new { AnswersIdentical = difference.IsNone, Naive = naive, Paged = paged });
        if (reportFile is not null)
            ReportPage.Write(reportFile, PageOf.Comparison((naiveRun!, naive), (pagedRun!, paged), difference, model, device.Name));
        return difference.IsNone ? CommandLine.Success : CommandLine.Failure;

        (RunSummary Summary, Outcome[] Outcomes, RecordedRun? Recorded) Answer(CacheMethod method)
        {
            TextWriter error = options.InvocationConfiguration.Error;
            using PagedEngine engine = device.CreateEngine(model, sameMemory with { Cache = method }, error);
            RunRecorder? recorder = reportFile is null ? null : new RunRecorder(engine);
            var run = new BatchRun(engine, model, _prompts.Encoder(options, model, engine.MaxModelLength))
            {
                Defaults = defaults,
                AnswerCount = _generation.AnswerCount(options, engine.Options.MaxSequences),
                ReturnsTokenIds = _output.ReturnTokenIds(options),
                Begun = recorder is null ? null : recorder.Name,
            };
            recorder?.WaitingElsewhere = () => run.NotBegun;
            var outcomes = new CollectedOutcomes(requests.Count);
            var display = new ProgressDisplay(error, method == CacheMethod.Naive ? "naive" : "paged");
            BatchTotals totals = display.During(progress => run.Answer(requests.Read(served), requests.Count, outcomes, progress));
            var summary = new RunSummary(engine, totals);
            return (summary, outcomes.All, recorder is null ? null : RunPage.Of(recorder, summary.Cache, model, device.Name));
        }
    }

    /// <summary>Says in bytes what is said in blocks or sequences, which are of different sizes for the two.</summary>
    private EngineOptions WithKvMemory(EngineOptions settings, ParseResult options, LoadedModel model)
    {
        LlamaConfig config = model.Checkpoint.Config;
        ElementType type = settings.KeyValueType ?? settings.WeightType ?? model.Checkpoint.StoredType;
        if (settings.BlockCount is { } blocks)
            return settings with { BlockCount = null, KvCacheBytes = blocks * KvStorage.BytesPerBlock(config, type, settings.BlockSize) };
        if (_engine.Cache.SaysSize(options.CommandResult))
            return settings;
        int sequences = options.GetValue(_naiveSequences) ?? DefaultNaiveSequences;
        int length = settings.MaxModelLength ?? config.MaxPositions;
        return settings with { KvCacheBytes = sequences * KvStorage.BytesPerBlock(config, type, length) };
    }
}
