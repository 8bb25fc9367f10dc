using System.CommandLine;
using Paged.Ilgpu.Cli.DemoModel;
using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Cli.Options;
using Paged.Ilgpu.Cli.Output;
using Paged.Ilgpu.Cli.Report;
using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Cli.Verbs;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Cli.Bench;

/// <summary>
/// <c>paged bench accuracy</c>: how many of the questions that its training held out the demo model answers exactly. They lie beside the
/// weights, so a model that was just trained is measured with <c>--model</c>.
/// </summary>
internal sealed class AccuracyVerb
{
    private readonly ModelOptions _model = new();
    private readonly EngineSettings _engine = new(choosesCache: true);

    private readonly Option<int?> _count = CheckedOption.OptionalWhole(
        "--num-requests", "Questions to ask, from the first. [default: all]", min: 1, "-n");

    public static Command Build()
    {
        var verb = new AccuracyVerb();
        var command = new Command(
            "accuracy",
            "Ask the demo model the questions that its training held out (held-out.jsonl beside the weights), greedily; right is what matches "
                + "the one answer exactly or, for a story, what the grammar parses.")
        {
            verb._count,
        };
        verb._model.AddTo(command);
        verb._engine.AddTo(command);
        command.SetVerb(verb.Measure);
        return command;
    }

    private int Measure(ParseResult options)
    {
        using LoadedModel model = _model.Open(options);
        HeldOutQuestion[] questions = [.. HeldOutQuestion.ReadAll(model.Folder).Take(options.GetValue(_count) ?? int.MaxValue)];
        StoryGrammar grammar = StoryGrammar.Read(model.Folder);
        using var device = new OpenDevice(_engine.Device(options));
        using PagedEngine engine = device.CreateEngine(model, _engine.Read(options), options.InvocationConfiguration.Error);
        var outcomes = new CollectedOutcomes(questions.Length);
        var display = new ProgressDisplay(options.InvocationConfiguration.Error, "accuracy");
        var run = new BatchRun(engine, model, EncoderFor(model, engine));
        IEnumerable<PromptRequest> requests = questions.Select((question, index) => new PromptRequest(index, question.Question));
        BatchTotals totals = display.During(progress => run.Answer(requests, questions.Length, outcomes, progress));

        TextWriter output = options.InvocationConfiguration.Output;
        output.WriteLine($"{model.Name} on {device.Name}");
        var result = new AccuracyResult
        {
            Tasks = AccuracyResult.ByTask(questions.Zip(outcomes.All, (question, outcome) => (question.Task, IsRight(question, outcome, grammar)))),
            CompletionTokens = totals.CompletionTokens,
            Seconds = totals.Elapsed.TotalSeconds,
        };
        Write(output, result);
        output.WriteLine(SummaryJson.ToLine(result));
        return CommandLine.Success;
    }

    private static PromptEncoder EncoderFor(LoadedModel model, PagedEngine engine) =>
        new(ChatFormat.For(ChatTemplateKind.Auto, model.Folder, model.Tokenizer), model.Tokenizer, system: null, keptTokens: null)
        {
            MaxModelLength = engine.MaxModelLength,
        };

    private static bool IsRight(HeldOutQuestion question, Outcome outcome, StoryGrammar grammar) =>
        outcome is Answer answer && question.IsAnsweredBy(answer.Choices[0].Text, grammar);

    private static void Write(TextWriter output, AccuracyResult result)
    {
        var table = new TextTable("task", "right", "asked", "");
        foreach ((string task, AccuracyOfTask score) in result.Tasks)
            Row(task, score.Right, score.Asked);
        Row("all", result.Right, result.Asked);
        table.Write(output);
        output.WriteLine($"{result.CompletionTokens:N0} tokens in {result.Seconds:N1} s");

        void Row(string task, int right, int asked) => table.Row(task, $"{right:N0}", $"{asked:N0}", Numbers.Percent((double)right / asked));
    }
}
