using System.CommandLine;
using System.CommandLine.Parsing;
using Paged.Ilgpu.Cli.Options;
using Paged.Ilgpu.Cli.Report;
using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Cli.Verbs;
using Paged.Ilgpu.Engine;

namespace Paged.Ilgpu.Cli.Bench;

/// <summary><c>paged bench throughput</c>: requests and tokens a second, latencies, and what the cache held; named as in <c>vllm bench</c>.</summary>
internal sealed class ThroughputVerb
{
    private const int DefaultInputLength = 32;
    private const int DefaultOutputLength = 128;

    private readonly ModelOptions _model = new(seeded: "the prompts that are drawn");
    private readonly EngineSettings _engine = new(choosesCache: true);

    private readonly Option<Dataset> _dataset = CheckedOption.Choice(
        "--dataset",
        "Prompts of random tokens, or those of a ShareGPT file with answers as long as the recorded ones.",
        ("random", Dataset.Random),
        ("sharegpt", Dataset.ShareGpt));

    private readonly Option<string?> _datasetPath = new("--dataset-path") { Description = "The ShareGPT file (.json).", HelpName = "FILE" };

    private readonly Option<int> _promptCount = CheckedOption.Whole(
        "--num-prompts", "Requests, all waiting at the start.", defaultValue: 16, min: 1);

    private readonly Option<int?> _inputLength = CheckedOption.OptionalWhole(
        "--input-len", $"Tokens of each random prompt. [default: {DefaultInputLength}]", min: 1);

    private readonly Option<int?> _outputLength = CheckedOption.OptionalWhole(
        "--output-len", $"Tokens of each answer. [default: {DefaultOutputLength}; of sharegpt as recorded]", min: 1);

    private readonly Option<string?> _outputFile = new("--output-json")
    {
        Description = "Write the figures to this file, too.",
        HelpName = "FILE",
    };

    private enum Dataset
    {
        Random,
        ShareGpt,
    }

    public static Command Build()
    {
        var verb = new ThroughputVerb();
        var command = new Command("throughput", "Answer prompts with answers of known lengths, as fast as it goes.")
        {
            verb._dataset,
            verb._datasetPath,
            verb._promptCount,
            verb._inputLength,
            verb._outputLength,
            verb._outputFile,
        };
        verb._model.AddTo(command);
        verb._engine.AddTo(command);
        command.Validators.Add(verb.Validate);
        command.SetVerb(verb.Measure);
        return command;
    }

    private int Measure(ParseResult options)
    {
        using FileStream? figures = OutputOptions.Open(options.GetValue(_outputFile), options.GetValue(_datasetPath));
        using LoadedModel model = _model.Open(options);
        using var device = new OpenDevice(_engine.Device(options));
        using PagedEngine engine = device.CreateEngine(model, _engine.Read(options), options.InvocationConfiguration.Error);
        var random = new Random(_model.Seed(options));
        TextWriter output = options.InvocationConfiguration.Output;
        output.WriteLine($"{model.Name} on {device.Name}");
        IReadOnlyList<ThroughputRequest> requests = Requests(options, engine, model, random, output);
        var benchmark = new ThroughputBenchmark(engine);
        benchmark.WarmUp(requests, random);
        ThroughputResult result = benchmark.Run(requests);
        ThroughputReport.Write(output, result);
        SummaryJson.Write(figures, result);
        output.WriteLine(SummaryJson.ToLine(result));
        return CommandLine.Success;
    }

    private IReadOnlyList<ThroughputRequest> Requests(
        ParseResult options, PagedEngine engine, LoadedModel model, Random random, TextWriter output)
    {
        int count = options.GetValue(_promptCount);
        int? outputLength = options.GetValue(_outputLength);
        if (options.GetValue(_dataset) == Dataset.Random)
        {
            int inputLength = options.GetValue(_inputLength) ?? DefaultInputLength;
            int answerLength = outputLength ?? DefaultOutputLength;
            if ((long)inputLength + answerLength > engine.MaxModelLength)
            {
                throw new PagedException($"Prompts of {inputLength} tokens (--input-len) and answers of {answerLength} (--output-len) do not fit; "
                    + $"expected are at most {engine.MaxModelLength} together (--max-model-len).");
            }

            return ThroughputRequest.Random(count, inputLength, answerLength, engine.Config.VocabularySize, random);
        }

        string path = options.GetValue(_datasetPath)!;
        var sample = ShareGptSample.Draw(path, model.Tokenizer, engine.MaxModelLength, count, outputLength, random);
        output.WriteLine($"{count:N0} requests drawn from {sample.Suitable:N0} of {sample.Conversations:N0} conversations");
        return sample.Requests;
    }

    private void Validate(CommandResult verb)
    {
        bool isRandom = verb.GetValue(_dataset) == Dataset.Random;
        if (isRandom && verb.GetResult(_datasetPath) is not null)
            verb.AddError("The option --dataset-path is for --dataset sharegpt; expected is none with random prompts.");
        if (!isRandom && verb.GetResult(_datasetPath) is null)
            verb.AddError("Expected is a ShareGPT file (--dataset-path FILE) with --dataset sharegpt.");
        if (!isRandom && verb.GetResult(_inputLength) is not null)
            verb.AddError("The option --input-len is for random prompts; expected is none with --dataset sharegpt.");
    }
}
