using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Sampling;

internal sealed class SamplerTests
{
    private const int Vocabulary = 83; // not a whole number of vectors
    private const int Draws = 40_000;
    private const int Seed = 20_261_123;

    private static readonly int[] Prompt = [3, 14, 15, 9, 26, 5, 35, 8, 3, 3];
    private static readonly int[] Answer = [9, 7, 9, 3, 23, 8, 9];
    private static readonly float[] Logits = RandomLlama.Uniform(new Random(Seed), Vocabulary, center: 0.5, spread: 3);

    private static IEnumerable<TestCaseData> Distributions()
    {
        var plain = new SamplingOptions { Temperature = 1 };
        yield return Case("temperature 1", plain);
        yield return Case("temperature 0.3", plain with { Temperature = 0.3 });
        yield return Case("temperature 2", plain with { Temperature = 2 });
        yield return Case("top_k 1", plain with { TopK = 1 });
        yield return Case("top_k 7", plain with { TopK = 7 });
        yield return Case("top_k of more than there are", plain with { TopK = 1000 });
        yield return Case("top_p 0.001", plain with { TopP = 0.001 });
        yield return Case("top_p 0.5", plain with { TopP = 0.5 });
        yield return Case("top_p 0.95", plain with { TopP = 0.95 });
        yield return Case("min_p 0.1", plain with { MinP = 0.1 });
        yield return Case("min_p 1", plain with { MinP = 1 });
        yield return Case("min_p, top_k and top_p", plain with { Temperature = 1.3, MinP = 0.02, TopK = 25, TopP = 0.8 });
        yield return Case("repetition_penalty 1.5", plain with { RepetitionPenalty = 1.5 });
        yield return Case("repetition_penalty 0.5", plain with { RepetitionPenalty = 0.5 });
        yield return Case("presence_penalty 1.5", plain with { PresencePenalty = 1.5 });
        yield return Case("presence_penalty -2", plain with { PresencePenalty = -2 });
        yield return Case("frequency_penalty 0.7", plain with { FrequencyPenalty = 0.7 });
        yield return Case("frequency_penalty -0.4", plain with { FrequencyPenalty = -0.4 });
        yield return Case(
            "all penalties", plain with { RepetitionPenalty = 1.2, PresencePenalty = 0.3, FrequencyPenalty = 0.2, TopP = 0.9, Temperature = 0.8 });
        yield return Case("logit_bias", plain with { LogitBias = new Dictionary<int, float> { [0] = 4, [1] = -100, [9] = -1.5f, [82] = 2 } });
        yield return Case("min_tokens", plain with { MinTokens = 8, StopTokenIds = [23, 9, 40] });

        static TestCaseData Case(string name, SamplingOptions options) => new TestCaseData(options).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Distributions))]
    public void tokens_come_as_often_as_their_exact_probabilities_say(SamplingOptions options)
    {
        var sampler = new Sampler(Vocabulary);
        var counts = new int[Vocabulary];
        for (int seed = 0; seed < Draws; seed++)
            counts[sampler.Draw(Logits, After(Answer, options, seed))]++;
        ChiSquare.AssertFits(counts, NaiveSampling.Probabilities(Logits, options, Prompt, Answer));
    }

    [Test]
    public void the_first_and_the_later_tokens_of_one_request_come_as_often_as_they_should()
    {
        var options = new SamplingOptions { Temperature = 1 };
        var sampler = new Sampler(Vocabulary);
        var counts = new int[Vocabulary];
        AnswerState answer = After([], options, Seed);
        for (int draw = 0; draw < Draws; draw++)
        {
            int token = sampler.Draw(Logits, answer);
            counts[token]++;
            answer.Append(token);
        }

        ChiSquare.AssertFits(counts, NaiveSampling.Probabilities(Logits, options, [], []));
    }

    [Test]
    public void what_filters_leave_of_a_large_vocabulary_is_exactly_what_sorting_leaves()
    {
        const int Large = 6_007;
        TestContext.Out.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        var sampler = new Sampler(Large);
        for (int round = 0; round < 40; round++)
        {
            // Rounded to steps, many logits are equal; the lowest ids of equal ones are to stay.
            float step = round % 3 == 0 ? 0.5f : 1e-3f;
            float[] logits = [.. Enumerable.Range(0, Large).Select(_ => step * (int)(random.NextDouble() * 12 / step))];
            var options = new SamplingOptions
            {
                Temperature = 0.2 + random.NextDouble(),
                TopK = random.Next(3) == 0 ? 0 : random.Next(1, 3000),
                TopP = random.Next(3) == 0 ? 1 : 0.05 + 0.9 * random.NextDouble(),
                MinP = random.Next(3) == 0 ? 0 : 0.01 * random.NextDouble(),
            };
            double[] probabilities = NaiveSampling.Probabilities(logits, options, [], []);
            int[] drawn = [.. Enumerable.Range(0, 400).Select(seed => sampler.Draw(logits, After([], options, seed)))];
            Assert.That(drawn.Count(token => probabilities[token] == 0), Is.Zero, $"round {round}: {options}");

            // And nothing is missing: by ranks, halves of the distribution come equally often.
            int[] ranked = [.. Enumerable.Range(0, Large).OrderByDescending(token => probabilities[token])];
            double mass = 0;
            HashSet<int> likely = [.. ranked.TakeWhile(token => (mass += probabilities[token]) < 0.5)];
            double expected = likely.Sum(token => probabilities[token]);
            ChiSquare.AssertFits([drawn.Count(likely.Contains), drawn.Count(token => !likely.Contains(token))], [expected, 1 - expected]);
        }
    }

    [Test]
    public void without_temperature_the_largest_logit_wins_after_bias_and_penalties()
    {
        var sampler = new Sampler(5);
        float[] logits = [1, 3, 2, 3, 0];
        Assert.Multiple(() =>
        {
            Assert.That(Greedy(new SamplingOptions()), Is.EqualTo(1), "of equal ones the lowest id");
            Assert.That(Greedy(new SamplingOptions { LogitBias = new Dictionary<int, float> { [4] = 4 } }), Is.EqualTo(4));
            Assert.That(Greedy(new SamplingOptions { PresencePenalty = 0.5 }, 1), Is.EqualTo(3));
            Assert.That(Greedy(new SamplingOptions { FrequencyPenalty = 0.6 }, 1, 1, 3, 3), Is.EqualTo(2));
            Assert.That(Greedy(new SamplingOptions { RepetitionPenalty = 10 }, 1, 3), Is.EqualTo(2));
            Assert.That(Greedy(new SamplingOptions { MinTokens = 1, StopTokenIds = [1, 3] }), Is.EqualTo(2));
            Assert.That(Greedy(new SamplingOptions { MinTokens = 1, StopTokenIds = [1, 3] }, 0), Is.EqualTo(1), "long enough");
            Assert.That(Greedy(new SamplingOptions { MinTokens = 1, StopTokenIds = [1, 3], IgnoreEos = true }), Is.EqualTo(1));
        });

        int Greedy(SamplingOptions options, params int[] answer) => sampler.Draw(logits, After(answer, options, Seed, prompt: []));
    }

    [TestCase(1e-300)]
    [TestCase(1e-30)]
    [TestCase(1e300)]
    public void the_most_extreme_penalty_leaves_a_distribution(double penalty)
    {
        var options = new SamplingOptions { Temperature = 1, RepetitionPenalty = penalty, MinTokens = 1, StopTokenIds = [0] };
        int token = new Sampler(Vocabulary).Draw(Logits, new AnswerState(options, Seed, 0, [.. Enumerable.Range(0, Vocabulary)], null));
        Assert.That(token, Is.InRange(1, Vocabulary - 1));
    }

    [Test]
    public void a_temperature_near_zero_is_greedy()
    {
        var options = new SamplingOptions { Temperature = 1e-300 };
        int token = new Sampler(Vocabulary).Draw(Logits, After([], options, Seed));
        Assert.That(token, Is.EqualTo(Array.IndexOf(Logits, Logits.Max())));
    }

    [Test]
    public void a_logit_that_is_infinite_is_an_error() => Refusal.Of(
        () => new Sampler(2).Draw([0, float.PositiveInfinity], After([], new SamplingOptions { Temperature = 1 }, Seed)), "finite");

    [Test]
    public void log_probabilities_are_those_of_the_models_own_logits()
    {
        double[] expected = NaiveSampling.LogSoftmax(Logits);
        int[] ranked = [.. Enumerable.Range(0, Vocabulary).OrderByDescending(token => Logits[token])];
        foreach (int count in new[] { 0, 1, 5, 20 })
        {
            var options = new SamplingOptions
            {
                LogProbabilities = count,
                Temperature = count == 1 ? 0 : 0.5,
                RepetitionPenalty = 1.5,
                LogitBias = new Dictionary<int, float> { [2] = 5 },
            };
            AnswerState answer = After(Answer, options, Seed);
            int token = new Sampler(Vocabulary).Draw(Logits, answer);
            PositionLogProbabilities told = answer.LogProbabilities!.Single();
            Assert.That(told.Drawn.TokenId, Is.EqualTo(token));
            Assert.That(told.Drawn.LogProbability, Is.EqualTo(expected[token]).Within(1e-5));
            Assert.That(told.Likeliest.Select(one => one.TokenId), Is.EqualTo(ranked.Take(count)));
            foreach (TokenLogProbability one in told.Likeliest)
                Assert.That(one.LogProbability, Is.EqualTo(expected[one.TokenId]).Within(1e-5));
        }
    }

    [Test]
    public void a_draw_allocates_nothing()
    {
        var options = new SamplingOptions
        {
            Temperature = 1,
            TopP = 0.9,
            MinP = 0.001,
            TopK = 40,
            RepetitionPenalty = 1.1,
            LogitBias = new Dictionary<int, float> { [2] = 5 },
            MinTokens = 100_000,
            StopTokenIds = [1, 2],
        };
        AnswerState answer = After(Answer, options, Seed);
        var sampler = new Sampler(Vocabulary);
        for (int i = 0; i < 1000; i++) // until every token has been counted
            answer.Append(sampler.Draw(Logits, answer));
        for (int token = 0; token < Vocabulary; token++)
            answer.Append(token);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            answer.Append(sampler.Draw(Logits, answer));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static AnswerState After(int[] tokens, SamplingOptions options, long seed, int[]? prompt = null)
    {
        var answer = new AnswerState(options.ValidatedFor(Vocabulary), seed, index: 0, prompt ?? Prompt, tokenizer: null);
        foreach (int token in tokens)
            answer.Append(token);
        return answer;
    }
}
