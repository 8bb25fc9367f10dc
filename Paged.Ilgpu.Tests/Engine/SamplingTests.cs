using Paged.Ilgpu.Config;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Scheduling;
using Paged.Ilgpu.Tests.Reference;
using Paged.Ilgpu.Tests.Sampling;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Tests.Tokenization;
using Paged.Ilgpu.Tokenization;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Engine;

/// <summary>What is drawn belongs to the request: the same alone, in company, after preemptions.</summary>
[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfEngine))]
public sealed class SamplingTests(TestBackend backend)
{
    private const int Seed = 5;
    private const int Requests = 49;
    private const int AnswerLength = 24;

    private static readonly LlamaConfig Config = RandomLlama.Shape(vocabularySize: 300, maxPositions: 96);
    private static readonly ITokenizer Tokenizer = TiktokenModel.Parse(SmallVocabulary.Tiktoken(), "bytes");
    private static readonly (int[] Prompt, SamplingOptions Sampling)[] All = MakeRequests();

    private TestDevice _device = null!;
    private IWeightSource _weights = null!;
    private int[][] _alone = null!; // [request]

    [OneTimeSetUp]
    public void Run_each_request_alone()
    {
        TestContext.Out.WriteLine($"seed {Seed}");
        _device = backend.Open();
        _weights = RandomLlama.Weights(Config, Seed);
        using PagedEngine engine = Make(Options());
        _alone = [.. All.Select(request => Tokens(engine, () => engine.Add(request.Prompt, request.Sampling)).Single())];
    }

    [OneTimeTearDown]
    public void Close()
    {
        _weights?.Dispose();
        _device?.Dispose();
    }

    private static IEnumerable<TestCaseData> Variations()
    {
        yield return Case("all in one batch", Options());
        yield return Case("chunks of 3", Options() with { MaxBatchedTokens = 3 });
        yield return Case("prefix caching", Options() with { EnablePrefixCaching = true, MaxSequences = 5 });
        yield return Case("recomputed after preemption", Options() with { BlockCount = 14 });
        yield return Case("swapped out and in", Options() with { BlockCount = 14, PreemptionMode = PreemptionMode.Swap, SwapSpaceBytes = 1 << 18 });

        static TestCaseData Case(string name, EngineOptions options) => new TestCaseData(options).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Variations))]
    public void A_seeded_answer_is_the_same_in_a_batch_of_49_as_alone(EngineOptions options)
    {
        using PagedEngine engine = Make(options);
        int[][] together = Tokens(engine, () =>
        {
            foreach ((int[] prompt, SamplingOptions sampling) in All)
                engine.Add(prompt, sampling);
        });
        Assert.That(together, Is.EqualTo(_alone));
        if (options.BlockCount == 14)
            Assert.That(engine.Statistics.Preemptions, Is.GreaterThan(0), "the pool was meant to be too small");
    }

    [Test]
    public void The_first_of_several_answers_is_the_only_one_of_a_request_for_one_and_the_others_differ()
    {
        using PagedEngine engine = Make(Options() with { BlockCount = 20 });
        (int[] prompt, SamplingOptions sampling) = All[3];
        int[][] several = Tokens(engine, () => engine.Add(prompt, sampling, answerCount: 4));
        Assert.That(several[0], Is.EqualTo(_alone[3]));
        Assert.That(several.Select(answer => string.Join(' ', answer)), Is.Unique);
        Assert.That(several.Select(answer => answer[0]).Distinct().Count(), Is.GreaterThan(1), "each draws its own first token");

        int[][] greedy = Tokens(engine, () => engine.Add(prompt, new SamplingOptions { MaxTokens = 9 }, answerCount: 3));
        Assert.That(greedy[1..], Is.All.EqualTo(greedy[0]));
    }

    [Test]
    public void Without_a_seed_equal_requests_get_different_answers_and_a_run_can_be_repeated()
    {
        SamplingOptions sampling = All[0].Sampling with { Seed = null };
        int[][][] runs = [Run(), Run()];
        Assert.That(runs[1], Is.EqualTo(runs[0]));
        Assert.That(runs[0].Select(answer => string.Join(' ', answer)), Is.Unique);

        int[][] Run()
        {
            using PagedEngine engine = Make(Options());
            return Tokens(engine, () =>
            {
                for (int i = 0; i < 4; i++)
                    engine.Add(All[0].Prompt, sampling);
            });
        }
    }

    [Test]
    public void First_tokens_come_as_often_as_the_reference_says()
    {
        int[] prompt = [1, 2, 3, 4];
        var sampling = new SamplingOptions { MaxTokens = 1, Temperature = 0.9, TopP = 0.9, RepetitionPenalty = 1.2 };
        float[] logits = new ReferenceModel(Config, _weights, ElementType.Float32, ElementType.Float32).Logits(prompt)[^1];
        var counts = new int[Config.VocabularySize];
        using PagedEngine engine = Make(Options() with { MaxSequences = 256, MaxBatchedTokens = 1024 });
        foreach (int[] answer in Tokens(engine, () =>
        {
            for (int seed = 0; seed < 20; seed++)
                engine.Add(prompt, sampling with { Seed = seed }, answerCount: 250);
        }))
        {
            counts[answer[0]]++;
        }

        ChiSquare.AssertFits(counts, NaiveSampling.Probabilities(logits, sampling, prompt, []));
    }

    [TestCase(20, 0, 1, 0)]
    [TestCase(64, 0, 0.8, 0)]
    [TestCase(0, 0.5, 1, 0)]
    [TestCase(200, 0.5, 0.9, 0)]
    [TestCase(65, 0, 1, AnswerLength * Requests)]
    [TestCase(0, 1e-9, 1, AnswerLength * Requests)]
    public void The_likeliest_tokens_found_on_the_device_give_the_answers_that_whole_rows_give(int topK, double minP, double topP, int rowsRead)
    {
        SamplingOptions sampling = All[0].Sampling with { Temperature = 1.3, TopK = topK, MinP = minP, TopP = topP };
        using PagedEngine engine = Make(Options());
        int[][] answers = Tokens(engine, () => AddAll(sampling));
        Assert.That(engine.LogitRowsRead, Is.EqualTo(rowsRead));

        // Log probabilities are told of whole rows, and change nothing else.
        Assert.That(answers, Is.EqualTo(Tokens(engine, () => AddAll(sampling with { LogProbabilities = 0 }))));
        Assert.That(engine.LogitRowsRead - rowsRead, Is.EqualTo(AnswerLength * Requests));

        void AddAll(SamplingOptions options)
        {
            for (int request = 0; request < Requests; request++)
                engine.Add(All[request].Prompt, options with { Seed = request });
        }
    }

    [TestCase(0.0)]
    [TestCase(0.8)]
    public void Log_probabilities_are_those_of_the_reference(double temperature)
    {
        using PagedEngine engine = Make(Options());
        var sampling = new SamplingOptions { MaxTokens = 6, Temperature = temperature, LogProbabilities = 3, Seed = Seed };
        engine.Add(All[1].Prompt, sampling);
        Completion completion = Drain(engine).Single();
        float[][] logits = new ReferenceModel(Config, _weights, ElementType.Float32, ElementType.Float32)
            .Logits([.. All[1].Prompt, .. completion.TokenIds]);
        Assert.That(completion.LogProbabilities, Has.Count.EqualTo(6));
        for (int i = 0; i < 6; i++)
        {
            double[] expected = NaiveSampling.LogSoftmax(logits[All[1].Prompt.Length - 1 + i]);
            PositionLogProbabilities told = completion.LogProbabilities![i];
            Assert.That(told.Drawn.TokenId, Is.EqualTo(completion.TokenIds[i]));
            Assert.That(told.Drawn.LogProbability, Is.EqualTo(expected[told.Drawn.TokenId]).Within(1e-3));
            Assert.That(told.Likeliest.Select(one => (double)one.LogProbability), Is.EqualTo(expected.OrderDescending().Take(3)).Within(1e-3));
        }
    }

    [Test]
    public void A_stop_string_ends_an_answer_and_is_cut_from_its_text()
    {
        using PagedEngine engine = Make(Options(), Tokenizer);
        var sampling = new SamplingOptions { MaxTokens = 60, Temperature = 2, Seed = 3, LogitBias = Letters() };
        engine.Add([1], sampling);
        Completion whole = Drain(engine).Single();
        string stop = whole.Text![20..23];
        int cut = whole.Text.IndexOf(stop, StringComparison.Ordinal);
        engine.Add([1], sampling with { StopStrings = ["never there", stop] });
        engine.Add([1], sampling with { StopStrings = [stop], IncludesStopString = true });
        engine.Add([1], sampling with { StopStrings = [stop], MinTokens = 60 });
        Completion[] ended = [.. Drain(engine).OrderBy(completion => completion.Id)];
        Assert.Multiple(() =>
        {
            Assert.That(ended.Select(completion => completion.Text), Is.EqualTo(new[] { whole.Text[..cut], whole.Text[..(cut + 3)], whole.Text }));
            Assert.That(ended[0].TokenIds, Is.EqualTo(whole.TokenIds.Take(cut + 3)), "tokens up to the one that completed it");
            Assert.That(
                ended.Select(completion => completion.FinishReason),
                Is.EqualTo(new[] { FinishReason.Stop, FinishReason.Stop, FinishReason.Length }));
        });

        // Bytes of letters alone, so that a token is a character.
        static Dictionary<int, float> Letters() => Enumerable.Range('a', 26).ToDictionary(letter => letter, _ => 100f);
    }

    [Test]
    public void What_the_engine_cannot_do_is_refused()
    {
        using PagedEngine engine = Make(Options());
        Refusal.Of(() => engine.Add([1], new SamplingOptions { StopStrings = ["END"] }), "stop", "END", "tokenizer");
        Refusal.Of(() => engine.Add([1], new SamplingOptions { StopTokenIds = [300] }), "stop_token_ids is 300", "0 to 299");
        Refusal.Of(() => engine.Add([1], new SamplingOptions { Temperature = 3 }), "temperature is 3", "0 to 2");
        Refusal.Of(() => engine.Add([1], new SamplingOptions(), answerCount: 0), "n is 0", "at least 1");
        Assert.That(engine.HasWork, Is.False);
    }

    [Test]
    public void A_step_that_draws_for_many_allocates_no_more_than_one_that_draws_for_few()
    {
        if (backend.Name != "cpu")
            Assert.Ignore("what a launch allocates is told for the CPU accelerator");
        long few = AllocatedByAStep(sequences: 2);
        long many = AllocatedByAStep(sequences: 40);
        Assert.That(many - few, Is.LessThan(38 * 16), "bytes for 38 more rows");

        long AllocatedByAStep(int sequences)
        {
            using PagedEngine engine = Make(Options() with { BlockCount = 400, CheckInvariants = false });
            for (int i = 0; i < sequences; i++)
                engine.Add([1, 2, 3], new SamplingOptions { MaxTokens = 80, Temperature = 1, TopP = 0.9, Seed = i });
            for (int i = 0; i < 20; i++)
                engine.Step();

            // The least of some rounds: what the runtime allocates for itself meanwhile, on any thread, is counted as well.
            return Enumerable.Range(0, 5).Min(_ => AllocatedByRound(engine, steps: 10));
        }

        static long AllocatedByRound(PagedEngine engine, int steps)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            for (int i = 0; i < steps; i++)
                engine.Step();
            return (GC.GetTotalAllocatedBytes(precise: true) - before) / steps;
        }
    }

    private static EngineOptions Options() => new() { BlockCount = 400, MaxSequences = 64, EnablePrefixCaching = false, CheckInvariants = true };

    // Every third prompt begins alike; every option is used by some.
    private static (int[] Prompt, SamplingOptions Sampling)[] MakeRequests()
    {
        var random = new Random(Seed);
        int[] shared = [.. Enumerable.Range(0, 20).Select(_ => random.Next(Config.VocabularySize))];
        return [.. Enumerable.Range(0, Requests).Select(index => (
            (int[])[.. index % 3 == 0 ? shared : [], .. Enumerable.Range(0, random.Next(1, 30)).Select(_ => random.Next(Config.VocabularySize))],
            new SamplingOptions
            {
                MaxTokens = AnswerLength,
                Temperature = index % 7 == 6 ? 0 : 0.5 + (index % 5 * 0.3),
                TopK = index % 4 == 1 ? 20 : 0,
                TopP = index % 4 == 2 ? 0.9 : 1,
                MinP = index % 4 == 3 ? 0.05 : 0,
                RepetitionPenalty = index % 6 == 4 ? 1.3 : 1,
                PresencePenalty = index % 6 == 5 ? 0.5 : 0,
                FrequencyPenalty = index % 6 == 5 ? 0.5 : 0,
                Seed = index / 2,
            }))];
    }

    private PagedEngine Make(EngineOptions options, ITokenizer? tokenizer = null) =>
        new(_device.Accelerator, Config, _weights, ElementType.Float32, options with { GroupSize = _device.GroupSize }, tokenizer);

    /// <summary>The answers to what is added, in the order of their numbers.</summary>
    private static int[][] Tokens(PagedEngine engine, Action add)
    {
        add();
        return [.. Drain(engine).OrderBy(completion => completion.Id).Select(completion => completion.TokenIds.ToArray())];
    }

    private static List<Completion> Drain(PagedEngine engine)
    {
        var completions = new List<Completion>();
        while (engine.HasWork)
            completions.AddRange(engine.Step());
        return completions;
    }
}
