using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Sampling;

internal sealed class SamplingOptionsTests
{
    private static readonly SamplingOptions Options = new() { MaxTokens = 10, MinTokens = 3, StopTokenIds = [7, 9] };

    [TestCase(7, 3, true)]
    [TestCase(9, 10, true)]
    [TestCase(8, 5, false)]
    [TestCase(7, 2, false)]
    public void a_stop_id_ends_an_answer_that_is_long_enough(int token, int length, bool ends)
    {
        Assert.That(Options.IsStop(token, length), Is.EqualTo(ends));
        Assert.That((Options with { IgnoreEos = true }).IsStop(token, length), Is.False);
    }

    private static IEnumerable<TestCaseData> Nonsense()
    {
        yield return Case(Options with { MaxTokens = 0 }, "max_tokens is 0", "at least 1");
        yield return Case(Options with { MinTokens = 11 }, "min_tokens is 11", "from 0 to max_tokens, which is 10");
        yield return Case(new() { MinTokens = -1 }, "min_tokens is -1", "at least 0");
        yield return Case(new() { TopK = -1 }, "top_k is -1", "at least 0");
        yield return Case(new() { LogProbabilities = -1 }, "logprobs is -1", "from 0 to 20");
        yield return Case(new() { LogProbabilities = 21 }, "logprobs is 21", "from 0 to 20");
        yield return Case(new() { StopStrings = ["a", ""] }, "stop is an empty text", "at least one character");
        foreach (double value in new[] { -0.1, 2.1, double.NaN, double.PositiveInfinity })
        {
            yield return Case(new() { Temperature = value }, $"temperature is {value}", "from 0 to 2");
            yield return Case(new() { TopP = value }, $"top_p is {value}", "above 0, at most 1");
            yield return Case(new() { MinP = value }, $"min_p is {value}", "from 0 to 1");
            yield return Case(new() { PresencePenalty = 21 * value }, $"presence_penalty is {21 * value}", "from -2 to 2");
            yield return Case(new() { FrequencyPenalty = 21 * value }, $"frequency_penalty is {21 * value}", "from -2 to 2");
            yield return Case(Biased((float)(1001 * value)), $"logit_bias of token 5 is {(float)(1001 * value)}", "from -100 to 100");
        }

        yield return Case(new() { TopP = 0 }, "top_p is 0", "above 0");
        foreach (double value in new[] { 0, -1, double.NaN, double.PositiveInfinity })
            yield return Case(new() { RepetitionPenalty = value }, $"repetition_penalty is {value}", "above 0");

        static TestCaseData Case(SamplingOptions options, string named, string range) =>
            new TestCaseData(options, named, range).SetArgDisplayNames(named);
    }

    [TestCaseSource(nameof(Nonsense))]
    public void a_value_out_of_its_range_is_named_with_the_range(SamplingOptions options, string named, string range) =>
        Refusal.Of(() => options.Validated(), named, range);

    [Test]
    public void the_ends_of_every_range_are_within_it()
    {
        SamplingOptions[] extremes =
        [
            new() { MaxTokens = 1, MinTokens = 1, Temperature = 2, TopP = 1, TopK = int.MaxValue, MinP = 1, LogProbabilities = 20 },
            new() { MinTokens = int.MaxValue, Temperature = 0, TopP = double.Epsilon, MinP = 0, LogProbabilities = 0 },
            new() { RepetitionPenalty = double.Epsilon, PresencePenalty = -2, FrequencyPenalty = 2, Seed = long.MinValue },
            Biased(-100),
            Biased(100),
        ];
        foreach (SamplingOptions options in extremes)
            Assert.That(options.Validated(), Is.SameAs(options));
    }

    [Test]
    public void ids_that_the_vocabulary_does_not_have_are_refused()
    {
        Refusal.Of(() => Options.ValidatedFor(9), "stop_token_ids is 9", "from 0 to 8");
        Refusal.Of(() => new SamplingOptions { StopTokenIds = [-1] }.ValidatedFor(9), "stop_token_ids is -1");
        Refusal.Of(() => Biased(1).ValidatedFor(5), "logit_bias is 5", "from 0 to 4");
        Assert.That(Biased(1).ValidatedFor(6), Is.Not.Null);
    }

    [Test]
    public void stop_ids_must_leave_something_to_draw_while_they_are_held_back()
    {
        var options = new SamplingOptions { MinTokens = 1, StopTokenIds = [0, 1, 1] };
        Refusal.Of(() => options.ValidatedFor(2), "min_tokens is 1", "all 2 ids");
        Assert.That(options.ValidatedFor(3), Is.Not.Null);
        Assert.That((options with { MinTokens = 0 }).ValidatedFor(2), Is.Not.Null);
    }

    [Test]
    public void the_models_own_ends_count_unless_they_are_ignored()
    {
        SamplingOptions asked = new() { StopTokenIds = [5] };
        Assert.That(asked.WithModelEnds([1, 5]).StopTokenIds, Is.EquivalentTo(new[] { 5, 1 }));
        SamplingOptions ignoring = (asked with { IgnoreEos = true }).WithModelEnds([1]);
        Assert.That(ignoring.IsStop(1, 1), Is.False);
        Assert.That(ignoring.IsStop(5, 1), Is.True, "what the request names itself still ends its answer");
    }

    private static SamplingOptions Biased(float bias) => new() { LogitBias = new Dictionary<int, float> { [5] = bias } };
}
