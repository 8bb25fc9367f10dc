using System.CommandLine;
using Paged.Ilgpu.Cli.Options;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Tests.Cli.Options;

internal sealed class GenerationOptionsTests
{
    [Test]
    public void every_option_reaches_the_field_of_its_name()
    {
        SamplingOptions options = Read(
            "--max-tokens", "50", "--min-tokens", "3", "--stop-token-ids", "7", "--stop-token-ids", "9", "--stop", "a b", "--stop", "-c",
            "--include-stop-str-in-output", "--ignore-eos", "--temperature", "0.7", "--top-p", "0.9", "--top-k", "40", "--min-p", "0.05",
            "--repetition-penalty", "1.1", "--presence-penalty", "-1", "--frequency-penalty", "0.5", "--logit-bias", "5+1.5", "--logit-bias",
            "6-100", "--seed", "11", "--logprobs", "4");
        Assert.Multiple(() =>
        {
            Assert.That((options.MaxTokens, options.MinTokens, options.TopK, options.LogProbabilities), Is.EqualTo((50, 3, 40, 4)));
            Assert.That(options.StopTokenIds, Is.EqualTo(new[] { 7, 9 }));
            Assert.That(options.StopStrings, Is.EqualTo(new[] { "a b", "-c" }));
            Assert.That((options.IncludesStopString, options.IgnoreEos), Is.EqualTo((true, true)));
            Assert.That((options.Temperature, options.TopP, options.MinP), Is.EqualTo((0.7, 0.9, 0.05)));
            Assert.That((options.RepetitionPenalty, options.PresencePenalty, options.FrequencyPenalty), Is.EqualTo((1.1, -1.0, 0.5)));
            Assert.That(options.LogitBias, Is.EquivalentTo(new Dictionary<int, float> { [5] = 1.5f, [6] = -100 }));
            Assert.That(options.Seed, Is.EqualTo(11));
        });
    }

    [Test]
    public void without_options_answers_are_greedy_and_requests_have_no_seed()
    {
        SamplingOptions options = Read();
        var plain = new SamplingOptions();
        Assert.That(options with { StopTokenIds = plain.StopTokenIds, StopStrings = plain.StopStrings, LogitBias = plain.LogitBias }, Is.EqualTo(plain));
        Assert.That(options.StopTokenIds.Count + options.StopStrings.Count + options.LogitBias.Count, Is.Zero);
    }

    [Test]
    public void what_no_option_says_the_checkpoint_says()
    {
        var checkpoint = new GenerationDefaults { Temperature = 0.6, TopP = 0.9, TopK = 50, MinP = 0.1, RepetitionPenalty = 1.2 };
        SamplingOptions drawn = Defaults(checkpoint, "--top-p", "1", "--top-k", "0");
        SamplingOptions plain = Defaults(checkpoint, "--generation-config", "none");
        Assert.Multiple(() =>
        {
            Assert.That((drawn.Temperature, drawn.MinP, drawn.RepetitionPenalty), Is.EqualTo((0.6, 0.1, 1.2)));
            Assert.That((drawn.TopP, drawn.TopK), Is.EqualTo((1.0, 0)), "an option that says the usual value goes before, too");
            Assert.That((plain.Temperature, plain.TopP, plain.TopK, plain.MinP, plain.RepetitionPenalty), Is.EqualTo((0.0, 1.0, 0, 0.0, 1.0)));
            Assert.That(Defaults(checkpoint with { Temperature = 0 }).Temperature, Is.Zero);
        });
    }

    [Test]
    public void the_number_of_answers_is_no_number_of_requests() =>
        Assert.That(Parse("--n", "3", out GenerationOptions options) is { } parsed ? options.AnswerCount(parsed, maxSequences: 3) : 0, Is.EqualTo(3));

    private static SamplingOptions Defaults(GenerationDefaults checkpoint, params string[] arguments) =>
        Parse(arguments, out GenerationOptions options) is { } parsed ? options.Defaults(parsed, checkpoint).Validated() : new SamplingOptions();

    private static SamplingOptions Read(params string[] arguments)
    {
        ParseResult parsed = Parse(arguments, out GenerationOptions options);
        return options.Defaults(parsed, new GenerationDefaults()).Validated();
    }

    private static ParseResult Parse(string option, string value, out GenerationOptions options) => Parse([option, value], out options);

    private static ParseResult Parse(string[] arguments, out GenerationOptions options)
    {
        options = new GenerationOptions();
        var command = new Command("run");
        options.AddTo(command);
        new ModelOptions().AddTo(command);
        ParseResult parsed = new RootCommand { command }.Parse(["run", "--model", "m", .. arguments]);
        Assert.That(parsed.Errors, Is.Empty);
        return parsed;
    }
}
