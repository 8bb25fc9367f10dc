using System.CommandLine;
using Paged.Ilgpu.Cli.Options;
using Paged.Ilgpu.Cli.Report;
using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Cli.Verbs;
using Paged.Ilgpu.Engine;

namespace Paged.Ilgpu.Cli.Bench;

/// <summary><c>paged bench throughput</c>: tokens and steps per second of equally long requests.</summary>
internal sealed class ThroughputVerb
{
    private readonly ModelOptions _model = new();
    private readonly EngineSettings _engine = new(choosesCache: true);

    private readonly Option<int> _promptCount = CheckedOption.Whole(
        "--num-prompts", "Requests, all waiting at the start.", defaultValue: 16, min: 1);

    private readonly Option<int> _inputLength = CheckedOption.Whole(
        "--input-len", "Tokens of each prompt, drawn at random.", defaultValue: 32, min: 1);

    private readonly Option<int> _outputLength = CheckedOption.Whole(
        "--output-len", "Tokens of each answer.", defaultValue: 128, min: 1);

    public static Command Build()
    {
        var verb = new ThroughputVerb();
        var command = new Command("throughput", "Answer random prompts of one length with answers of one length.")
        {
            verb._promptCount,
            verb._inputLength,
            verb._outputLength,
        };
        verb._model.AddTo(command);
        verb._engine.AddTo(command);
        command.SetVerb(verb.Measure);
        return command;
    }

    private int Measure(ParseResult options)
    {
        using LoadedModel model = _model.Open(options);
        using var device = new OpenDevice(_engine.Device(options));
        using PagedEngine engine = device.CreateEngine(model, _engine.Read(options), options.InvocationConfiguration.Error);
        var benchmark = new ThroughputBenchmark(engine, new Random(_model.Seed(options)))
        {
            PromptLength = options.GetValue(_inputLength),
            AnswerLength = options.GetValue(_outputLength),
        };
        int promptCount = options.GetValue(_promptCount);
        _ = benchmark.Run(promptCount); // kernels and the JIT get warm
        ThroughputResult result = benchmark.Run(promptCount);

        TextWriter output = options.InvocationConfiguration.Output;
        output.WriteLine($"{model.Name} on {device.Name}");
        var table = new TextTable();
        table.Row("requests", $"{result.Requests:N0}");
        table.Row("sequences at once, most", $"{result.PeakSequences:N0}");
        table.Row("prompt tokens", $"{result.PromptTokens:N0}");
        table.Row("completion tokens", $"{result.CompletionTokens:N0}");
        table.Row("seconds", $"{result.Seconds:N2}");
        table.Row("completion tokens / s", $"{result.CompletionTokensPerSecond:N1}");
        table.Row("all tokens / s", $"{result.TotalTokensPerSecond:N1}");
        table.Row("steps / s", $"{result.StepsPerSecond:N1}");
        table.Row("allocated bytes / step", $"{result.AllocatedBytesPerStep:N0}");
        table.Row("  by the device's threads", $"{result.AllocatedBytesPerStepByDevice:N0}");
        table.Write(output);
        output.WriteLine(SummaryJson.ToLine(result));
        return CommandLine.Success;
    }
}
