using System.CommandLine;
using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Cli.Options;
using Paged.Ilgpu.Cli.Output;
using Paged.Ilgpu.Cli.Report;
using Paged.Ilgpu.Cli.Report.Page;
using Paged.Ilgpu.Cli.Report.Recording;
using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Cli.Verbs;

/// <summary><c>paged run</c>: answers prompts.</summary>
internal sealed class RunVerb
{
    private readonly PromptOptions _prompts = new(takesPrompt: true);
    private readonly ModelOptions _model = new();
    private readonly GenerationOptions _generation = new();
    private readonly OutputOptions _output = new(traces: true);
    private readonly ContinuationOptions _continuation = new();
    private readonly EngineSettings _engine = new(choosesCache: true);

    public static Command Build()
    {
        var verb = new RunVerb();
        var command = new Command("run", "Answer a file of prompts, or a single one.");
        verb._prompts.AddTo(command);
        verb._output.AddTo(command);
        verb._continuation.AddTo(command, verb._output.OutputFileOption);
        verb._model.AddTo(command);
        verb._generation.AddTo(command);
        verb._engine.AddTo(command);
        command.SetVerb(verb.Run);
        return command;
    }

    private int Run(ParseResult options)
    {
        string? inputFile = _prompts.InputFile(options);
        using FileStream? output = _output.OpenOutput(options, inputFile, _continuation.IsResumed(options));
        using FileStream? summaryFile = _output.OpenSummary(options, inputFile);
        using FileStream? reportFile = _output.OpenReport(options, inputFile);
        using FileStream? traceFile = _output.OpenTrace(options, inputFile);
        using IRequestSource requests = _prompts.Open(options);
        EarlierRun earlier = _continuation.Read(options, output, requests);
        using LoadedModel model = _model.Open(options);
        SamplingOptions defaults = _generation.Defaults(options, model);
        using var device = new OpenDevice(_engine.Device(options));
        TextWriter error = options.InvocationConfiguration.Error;
        using PagedEngine engine = device.CreateEngine(model, _engine.Read(options), error);
        using CacheTrace? trace = traceFile is null ? null : new CacheTrace(traceFile);
        engine.CacheEvents = trace;
        RunRecorder? recorder = reportFile is null ? null : new RunRecorder(engine);
        var run = new BatchRun(engine, model, _prompts.Encoder(options, model, engine.MaxModelLength))
        {
            Defaults = defaults,
            AnswerCount = _generation.AnswerCount(options, engine.Options.MaxSequences),
            ReturnsTokenIds = _output.ReturnTokenIds(options),
            Begun = recorder is null ? null : recorder.Name,
        };
        recorder?.WaitingElsewhere = () => run.NotBegun;
        TextWriter answers = options.InvocationConfiguration.Output;
        using BatchOutputWriter? lines = output is null
            ? null
            : new BatchOutputWriter(output, _prompts.NameOf(options, model), DateTimeOffset.UtcNow, earlier.WholeBytes);
        IOutcomeWriter writer = lines ?? (IOutcomeWriter)new ReadableWriter(answers, showsHeadings: inputFile is not null);
        IEnumerable<InputItem> items = earlier.Rest(requests.Read(_prompts.ModelFor(options, model, defaults)));
        InputOrder? inOrder = _continuation.IsUnordered(options) ? null : new InputOrder(writer);
        var display = new ProgressDisplay(error, "run") { AnswersAreShown = output is null && ReportConsole.IsTerminal(answers) };
        using var interruption = new Interruption();
        BatchTotals totals = display.During(progress => run.Answer(
            inOrder?.Expect(items) ?? items, requests.Count - earlier.AnsweredCount, inOrder ?? writer, progress, interruption.Token));
        inOrder?.WriteRest();

        var summary = new RunSummary(engine, totals);
        RunReport.Write(error, summary, device.Name);
        SummaryJson.Write(summaryFile, summary);
        if (recorder is not null)
            ReportPage.Write(reportFile!, PageOf.Run(recorder, summary, model, device.Name));
        return End(options, requests.Count, earlier, totals, lines);
    }

    private int End(ParseResult options, int requestCount, EarlierRun earlier, BatchTotals totals, BatchOutputWriter? output)
    {
        TextWriter error = options.InvocationConfiguration.Error;
        if (earlier.AnsweredCount > 0)
            error.WriteLine($"Resumed: {earlier.AnsweredCount:N0} of {requestCount:N0} requests were answered before.");
        if (totals.Done < totals.Requests)
        {
            error.WriteLine($"Interrupted: {totals.Requests - totals.Done:N0} of {requestCount:N0} requests have no answer yet"
                + (output is null ? "." : "; --resume goes on with them."));
            return CommandLine.Interrupted;
        }

        if (!earlier.IsInOrder && !_continuation.IsUnordered(options))
        {
            output!.Dispose();
            OutputOrder.Restore(_output.OutputPath(options)!);
        }

        return CommandLine.Success;
    }
}
