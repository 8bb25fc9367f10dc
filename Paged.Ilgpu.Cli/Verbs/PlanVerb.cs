using System.CommandLine;
using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Cli.Options;
using Paged.Ilgpu.Cli.Planning;
using Paged.Ilgpu.Cli.Report;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Cli.Verbs;

/// <summary><c>paged plan</c>: what fits into a device's memory, without the device and without weights.</summary>
internal sealed class PlanVerb
{
    private readonly PromptOptions _prompts = new(takesPrompt: false, answers: false);
    private readonly PlannedModelOptions _model = new();
    private readonly OutputOptions _output = new(traces: false);
    private readonly EngineSettings _engine = new(choosesCache: false, hasDevice: false);
    private readonly SweepOption _sweep = new();

    private readonly Option<int> _repeats = CheckedOption.Whole("--repeat", "Requests are those of the file, N times over.", defaultValue: 1, min: 1);

    private readonly Option<int?> _maxTokens = CheckedOption.OptionalWhole(
        "--max-tokens", "Tokens of an answer, at most; of every answer that the file neither records nor limits. [default: as the file says]", min: 1);

    public static Command Build()
    {
        var verb = new PlanVerb();
        var command = new Command(
            "plan",
            "Say without a device or weights what fits: how many sequences at once, in how many steps, with how much waste, naive and paged.");
        verb._prompts.AddTo(command);
        command.Add(verb._repeats);
        command.Add(verb._maxTokens);
        verb._model.AddTo(command);
        verb._engine.AddTo(command);
        verb._sweep.AddTo(command);
        verb._output.AddSummaryTo(command);
        command.SetVerb(verb.Plan);
        return command;
    }

    private int Plan(ParseResult options)
    {
        string? inputFile = _prompts.InputFile(options);
        using FileStream? summaryFile = _output.OpenSummary(options, inputFile);
        using IRequestSource requests = _prompts.Open(options);
        PlannedModel model = _model.Open(options);
        EngineOptions settings = _engine.Read(options).ValidatedFor(model.Shape.Config);
        PlannedMemory memory = PlannedMemory.Of(model.Shape, settings);
        var served = new ServedModel(
            Names: null, model.Shape.Config.VocabularySize, new SamplingOptions { MaxTokens = options.GetValue(_maxTokens) });
        int maxModelLength = settings.MaxModelLength ?? model.Shape.Config.MaxPositions;
        PlannedTrace trace = PlannedTrace.Of(
            requests,
            served,
            _prompts.Encoder(options, model.Folder, model.Tokenizer, maxModelLength),
            model.Tokenizer,
            options.GetValue(_repeats));

        var planner = new Planner(model, memory, settings, trace);
        PlanSummary paged = planner.Paged(settings.BlockSize);
        PlanSummary? naive = planner.Naive();
        PlanSummary[] sweep = [.. _sweep.Read(options).Select(planner.Paged)];

        TextWriter output = options.InvocationConfiguration.Output;
        PlanReport.WriteBeginning(output, model, memory, trace);
        if (sweep.Length > 0)
            PlanReport.WriteSweep(output, naive, sweep);
        else
            PlanReport.WriteComparison(output, naive, paged);
        SummaryJson.Write(summaryFile, new
        {
            Model = model.Name,
            Parameters = model.Shape.ParameterCount,
            memory.WeightBytes,
            memory.KvBytesPerToken,
            memory.KvCacheBytes,
            memory.DeviceMemoryBytes,
            Requests = trace.RequestCount,
            trace.RefusedLines,
            trace.PromptTokens,
            trace.AnswerTokens,
            model.CountsAreRough,
            Naive = naive,
            Paged = paged,
            Sweep = sweep,
        });
        return CommandLine.Success;
    }
}
