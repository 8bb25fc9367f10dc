using System.CommandLine;
using Paged.Ilgpu.Cache;
using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Cli.Options;
using Paged.Ilgpu.Cli.Output;
using Paged.Ilgpu.Cli.Report;
using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Engine;

namespace Paged.Ilgpu.Cli.Verbs;

/// <summary><c>paged run</c>: answers prompts.</summary>
internal sealed class RunVerb
{
    private readonly PromptOptions _prompts = new(takesPrompt: true);
    private readonly ModelOptions _model = new();
    private readonly GenerationOptions _generation = new();
    private readonly OutputOptions _output = new(traces: true);
    private readonly EngineSettings _engine = new(choosesCache: true);

    public static Command Build()
    {
        var verb = new RunVerb();
        var command = new Command("run", "Answer a file of prompts, or a single one.");
        verb._prompts.AddTo(command);
        verb._output.AddTo(command);
        verb._model.AddTo(command);
        verb._generation.AddTo(command);
        verb._engine.AddTo(command);
        command.SetVerb(verb.Run);
        return command;
    }

    private int Run(ParseResult options)
    {
        string? inputFile = _prompts.InputFile(options);
        using FileStream? output = _output.OpenOutput(options, inputFile);
        using FileStream? summaryFile = _output.OpenSummary(options, inputFile);
        using FileStream? traceFile = _output.OpenTrace(options, inputFile);
        IReadOnlyList<PromptRequest> requests = _prompts.Read(options);
        using LoadedModel model = _model.Open(options);
        PromptEncoder encoder = _prompts.Encoder(options, model);
        EncodedPrompt[] prompts = [.. requests.Select(encoder.Encode)];
        using var device = new OpenDevice(_engine.Device(options));
        using PagedEngine engine = device.CreateEngine(model, _engine.Read(options));
        using CacheTrace? trace = traceFile is null ? null : new CacheTrace(traceFile);
        engine.CacheEvents = trace;

        TextWriter answers = options.InvocationConfiguration.Output;
        TextWriter error = options.InvocationConfiguration.Error;
        var run = new BatchRun(engine, model)
        {
            Sampling = _generation.Defaults(options),
            ReturnsTokenIds = _output.ReturnTokenIds(options),
        };
        using BatchOutputWriter? lines = output is null ? null : new BatchOutputWriter(output, model.Name, DateTimeOffset.UtcNow);
        var inOrder = new InputOrder(lines ?? (IOutcomeWriter)new ReadableWriter(answers, showsHeadings: inputFile is not null));
        var display = new ProgressDisplay(error, "run") { AnswersAreShown = output is null && ReportConsole.IsTerminal(answers) };
        BatchTotals totals = display.During(progress => run.Answer(prompts, inOrder, progress));

        var summary = new RunSummary(engine, totals);
        RunReport.Write(error, summary, device.Name);
        SummaryJson.Write(summaryFile, summary);
        return CommandLine.Success;
    }
}
