using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Sampling;

/// <summary>A list of the likeliest tokens and the whole row give one token, wherever the list says that it is enough.</summary>
internal sealed class LikeliestDrawTests
{
    private const int Vocabulary = 500;
    private const int ListLength = 64;
    private const int Seed = 20_261_124;

    // A few values, so that there are ties at every edge.
    private static readonly float[] Logits = [.. RandomLlama.Uniform(new Random(Seed), Vocabulary, spread: 5).Select(logit => MathF.Round(logit * 8) / 8)];

    private static readonly TokenLogit[] Likeliest =
    [
        .. Enumerable.Range(0, Vocabulary).OrderByDescending(id => Logits[id]).ThenBy(id => id).Take(ListLength).Select(id => new TokenLogit(Logits[id], id)),
    ];

    [TestCase(1, 0, 1, 1)]
    [TestCase(7, 0, 1, 0.7)]
    [TestCase(64, 0, 1, 2)]
    [TestCase(64, 0.1, 0.9, 2)]
    [TestCase(40, 0, 0.5, 1)]
    [TestCase(0, 0.3, 1, 1)]
    [TestCase(0, 1, 1, 1)]
    [TestCase(400, 0.3, 0.8, 1)]
    public void the_token_is_that_of_the_whole_row(int topK, double minP, double topP, double temperature)
    {
        var options = new SamplingOptions { TopK = topK, MinP = minP, TopP = topP, Temperature = temperature };
        var sampler = new Sampler(Vocabulary);
        for (int seed = 0; seed < 2000; seed++)
        {
            AnswerState answer = Answer(options, seed);
            Assert.That(answer.MayDrawFromLikeliest(ListLength));
            Assert.That(sampler.TryDraw(Likeliest, answer, out int token), "the list is enough");
            Assert.That(token, Is.EqualTo(sampler.Draw(Logits, answer)), $"seed {seed}");
        }
    }

    [TestCase(0, 0.001)]
    [TestCase(65, 1e-9)]
    public void a_list_that_is_too_short_says_so(int topK, double minP)
    {
        AnswerState answer = Answer(new SamplingOptions { Temperature = 1, TopK = topK, MinP = minP }, Seed);
        Assert.That(new Sampler(Vocabulary).TryDraw(Likeliest, answer, out _), Is.False);
    }

    [Test]
    public void a_list_of_the_whole_vocabulary_is_always_enough()
    {
        AnswerState answer = Answer(new SamplingOptions { Temperature = 2, MinP = 1e-9 }, Seed);
        var sampler = new Sampler(2);
        Assert.That(sampler.TryDraw([new TokenLogit(2, 1), new TokenLogit(1, 0)], answer, out int token));
        Assert.That(token, Is.EqualTo(sampler.Draw([1, 2], answer)));
    }

    [Test]
    public void what_changes_or_tells_all_logits_takes_the_whole_row()
    {
        var plain = new SamplingOptions { Temperature = 1, TopK = 20 };
        SamplingOptions[] all =
        [
            plain with { Temperature = 0 },
            plain with { TopK = 0, TopP = 0.9 },
            plain with { TopK = ListLength + 1 },
            plain with { RepetitionPenalty = 1.1 },
            plain with { LogitBias = new Dictionary<int, float> { [3] = 1 } },
            plain with { LogProbabilities = 0 },
            plain with { MinTokens = 1, StopTokenIds = [4] },
        ];
        Assert.That(all.Select(options => Answer(options, Seed).MayDrawFromLikeliest(ListLength)), Has.All.False);
    }

    [Test]
    public void a_logit_that_is_infinite_is_an_error() => Refusal.Of(
        () => new Sampler(2).TryDraw(
            [new TokenLogit(float.PositiveInfinity, 1), new TokenLogit(0, 0)], Answer(new SamplingOptions { Temperature = 1, TopK = 1 }, Seed), out _),
        "finite");

    private static AnswerState Answer(SamplingOptions options, long seed) => new(options, seed, index: 0, [], tokenizer: null);
}
