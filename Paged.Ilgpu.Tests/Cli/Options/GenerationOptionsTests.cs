using System.CommandLine;
using Paged.Ilgpu.Cli.Options;
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
    public void the_number_of_answers_is_no_number_of_requests() =>
        Assert.That(Parse("--n", "3", out GenerationOptions options) is { } parsed ? options.AnswerCount(parsed) : 0, Is.EqualTo(3));

    private static SamplingOptions Read(params string[] arguments)
    {
        ParseResult parsed = Parse(arguments, out GenerationOptions options);
        return options.Defaults(parsed).Validated();
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
