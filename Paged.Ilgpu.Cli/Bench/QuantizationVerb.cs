using System.CommandLine;
using System.CommandLine.Parsing;
using Paged.Ilgpu.Cli.DemoModel;
using Paged.Ilgpu.Cli.Options;
using Paged.Ilgpu.Cli.Report;
using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Cli.Verbs;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Cli.Bench;

/// <summary>
/// <c>paged bench quantization</c>: memory, throughput and logits with int8 weights beside those of the weights' own type, in one run. Logits are
/// compared after the same tokens: prompts, and the answers that the model gives to them without quantization.
/// </summary>
internal sealed class QuantizationVerb
{
    private const string QuantizationOption = "--quantization";
    private const int MostComparedRows = 256;

    // What else a machine does only takes time away.
    private const int Runs = 3;

    private readonly ModelOptions _model = new();
    private readonly EngineSettings _engine = new(choosesCache: true);

    private readonly Option<int> _promptCount = CheckedOption.Whole("--num-prompts", "Requests, all waiting at the start.", defaultValue: 16, min: 1);

    private readonly Option<int> _inputLength = CheckedOption.Whole(
        "--input-len", "Tokens of each random prompt; the demo model's are its held-out questions.", defaultValue: 32, min: 1);

    private readonly Option<int> _outputLength = CheckedOption.Whole("--output-len", "Tokens of each answer.", defaultValue: 64, min: 1);

    public static Command Build()
    {
        var verb = new QuantizationVerb();
        var command = new Command("quantization", "Compare int8 weights with those of the model's type: memory, throughput, and what becomes of the logits.")
        {
            verb._promptCount,
            verb._inputLength,
            verb._outputLength,
        };
        verb._model.AddTo(command);
        verb._engine.AddTo(command);
        command.Validators.Add(Validate);
        command.SetVerb(verb.Measure);
        return command;
    }

    private static void Validate(CommandResult verb)
    {
        if (verb.Children.OfType<OptionResult>().Any(option => option.Option.Name == QuantizationOption && !option.Implicit))
            verb.AddError($"This benchmark compares int8 with no quantization; expected is no {QuantizationOption}.");
    }

    private int Measure(ParseResult options)
    {
        using LoadedModel model = _model.Open(options);
        using var device = new OpenDevice(_engine.Device(options));
        TextWriter output = options.InvocationConfiguration.Output;
        output.WriteLine($"{model.Name} on {device.Name}");
        EngineOptions settings = _engine.Read(options);
        int answerLength = options.GetValue(_outputLength);

        QuantizationFigures plain, quantized;
        LogitRows expected;
        IReadOnlyList<int[]> contexts;
        using (PagedEngine engine = device.CreateEngine(model, settings, options.InvocationConfiguration.Error))
        {
            IReadOnlyList<int[]> prompts = Prompts(options, model, engine, answerLength);
            plain = QuantizationFigures.Of(engine, Fastest(engine, options, options.GetValue(_promptCount)), Fastest(engine, options, count: 1));
            contexts = ContextsOf(prompts, Answers(engine, prompts, answerLength));
            expected = LogitRows.After(contexts, engine);
        }

        using (PagedEngine engine = device.CreateEngine(
            model, settings with { Quantization = WeightQuantization.Int8 }, options.InvocationConfiguration.Error))
        {
            quantized = QuantizationFigures.Of(engine, Fastest(engine, options, options.GetValue(_promptCount)), Fastest(engine, options, count: 1));
            var result = new QuantizationResult
            {
                WeightType = (settings.WeightType ?? model.Checkpoint.StoredType).ToString().ToLowerInvariant(),
                Plain = plain,
                Int8 = quantized,
                Logits = LogitDifference.Of(expected, LogitRows.After(contexts, engine)),
            };
            QuantizationReport.Write(output, result);
            output.WriteLine(SummaryJson.ToLine(result));
        }

        return CommandLine.Success;
    }

    private ThroughputResult Fastest(PagedEngine engine, ParseResult options, int count)
    {
        var random = new Random(_model.Seed(options));
        var benchmark = new ThroughputBenchmark(engine);
        benchmark.WarmUp(Requests(), random);
        return Enumerable.Range(0, Runs).Select(_ => benchmark.Run(Requests())).MinBy(result => result.Seconds)!;

        // Each time others, so that nothing is found in the cache.
        IReadOnlyList<ThroughputRequest> Requests() => ThroughputRequest.Random(
            count, options.GetValue(_inputLength), options.GetValue(_outputLength), engine.Config.VocabularySize, random);
    }

    private IReadOnlyList<int[]> Prompts(ParseResult options, LoadedModel model, PagedEngine engine, int answerLength)
    {
        int count = options.GetValue(_promptCount);
        int length = options.GetValue(_inputLength);
        int most = engine.MaxModelLength - answerLength;
        if (length > most)
        {
            throw new PagedException($"Prompts of {length} tokens (--input-len) and answers of {answerLength} (--output-len) do not fit; "
                + $"expected are at most {engine.MaxModelLength} together (--max-model-len).");
        }

        if (HeldOutQuestion.AreIn(model.Folder))
        {
            var format = ChatFormat.For(ChatTemplateKind.Auto, model.Folder, model.Tokenizer);
            return [.. HeldOutQuestion.ReadAll(model.Folder)
                .Select(question => format.EncodePrompt(question.Question, system: null))
                .Where(prompt => prompt.Length <= most)
                .Take(count)];
        }

        var random = new Random(_model.Seed(options));
        return [.. ThroughputRequest.Random(count, length, answerLength, engine.Config.VocabularySize, random).Select(request => request.Prompt)];
    }

    // By the place of the prompt.
    private static int[][] Answers(PagedEngine engine, IReadOnlyList<int[]> prompts, int length)
    {
        var places = new Dictionary<long, int>();
        foreach (int[] prompt in prompts)
            places.Add(engine.Add(prompt, new SamplingOptions { MaxTokens = length, IgnoreEos = true }), places.Count);
        var answers = new int[prompts.Count][];
        while (engine.HasWork)
        {
            foreach (Completion completion in engine.Step())
                answers[places[completion.Id]] = [.. completion.TokenIds];
        }

        return answers;
    }

    // Every prompt alone and with the begins of its answer, at even distances.
    private static IReadOnlyList<int[]> ContextsOf(IReadOnlyList<int[]> prompts, int[][] answers)
    {
        int rows = prompts.Count * answers[0].Length;
        int distance = (rows + MostComparedRows - 1) / MostComparedRows;
        return [.. from row in Enumerable.Range(0, rows)
                   where row % distance == 0
                   let prompt = row / answers[0].Length
                   select (int[])[.. prompts[prompt], .. answers[prompt][..(row % answers[0].Length)]]];
    }
}
