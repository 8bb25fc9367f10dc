using System.IO.Hashing;
using System.Runtime.InteropServices;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Scheduling;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Engine;

/// <summary>
/// The logits of a request are the same bits whatever runs beside it, in whatever order and chunks, at any block size, with preemption, with
/// prefix hits, with the naive cache. Compared are all logits of every step, by their hash.
/// </summary>
[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfEngine))]
public sealed class ExactnessTests(TestBackend backend) : EngineFixture(backend)
{
    private const int Seed = 20_261_123;
    private const int AnswerLength = 20;
    private const int MaxLength = 192;

    private static readonly LlamaConfig Config = RandomLlama.Shape(
        headCount: 6, keyValueHeadCount: 2, headDim: 8, hiddenSize: 40, intermediateSize: 52, vocabularySize: 71, maxPositions: MaxLength);

    // A third of the prompts begin alike, so that prefix caching has something to find.
    private static readonly int[][] Prompts = MakePrompts();

    private IWeightSource _weights = null!;
    private UInt128[][] _alone = null!; // [prompt][step]

    [OneTimeSetUp]
    public void Run_each_prompt_alone()
    {
        TestContext.Out.WriteLine($"seed {Seed}");
        _weights = RandomLlama.Weights(Config, Seed, ElementType.BFloat16);
        _alone = [.. Prompts.Select(prompt => Run(Options(), [prompt]).Single())];
    }

    [OneTimeTearDown]
    public void Close() => _weights?.Dispose();

    private static IEnumerable<TestCaseData> Variations()
    {
        yield return Case("all in one batch", Options());
        yield return Case("chunks of 2", Options() with { MaxBatchedTokens = 2 });
        yield return Case("chunks of 3", Options() with { MaxBatchedTokens = 3 });
        yield return Case("chunks of 16", Options() with { MaxBatchedTokens = 16 });
        yield return Case("chunks of 256", Options() with { MaxBatchedTokens = 256 });
        yield return Case("chunks of 512", Options() with { MaxBatchedTokens = 512 });
        yield return Case("blocks of 1", Options() with { BlockSize = 1, BlockCount = 4000 });
        yield return Case("blocks of 4", Options() with { BlockSize = 4, BlockCount = 1000 });
        yield return Case("blocks of 64", Options() with { BlockSize = 64 });
        yield return Case("the naive cache", Options() with { Cache = CacheMethod.Naive, BlockCount = 5 });
        yield return Case("recomputed after preemption", Options() with { BlockCount = 14 });
        yield return Case("swapped out and in", Options() with { BlockCount = 14, PreemptionMode = PreemptionMode.Swap });
        yield return Case("prefix caching", Options() with { EnablePrefixCaching = true, MaxSequences = 3 });

        static TestCaseData Case(string name, EngineOptions options) => new TestCaseData(options).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Variations))]
    public void Logits_are_the_same_bits_as_alone(EngineOptions options)
    {
        UInt128[][] hashes = Run(options, Prompts);
        Assert.That(hashes, Is.EqualTo(_alone));
    }

    [Test]
    public void Logits_are_the_same_bits_in_reversed_order() =>
        Assert.That(Run(Options(), [.. Prompts.Reverse()]), Is.EqualTo(_alone.Reverse()));

    [TestCase(false)]
    [TestCase(true)]
    public void Four_answers_to_one_prompt_are_those_of_four_single_runs(bool preempts)
    {
        EngineOptions options = Options() with { BlockCount = preempts ? 14 : 400 };
        UInt128[][] hashes = Run(options, Prompts[..6], answerCount: 4);
        Assert.That(hashes, Is.EqualTo(_alone[..6].SelectMany(answer => Enumerable.Repeat(answer, 4))));
    }

    [Test]
    public void A_prompt_that_hits_its_own_prefix_gets_the_same_bits()
    {
        UInt128[][] hashes = Run(Options() with { EnablePrefixCaching = true, MaxSequences = 1 }, [.. Prompts, .. Prompts]);
        Assert.That(hashes, Is.EqualTo(_alone.Concat(_alone)));
    }

    private static EngineOptions Options() =>
        new() { BlockCount = 400, MaxModelLength = MaxLength, MaxSequences = 32, EnablePrefixCaching = false, CheckInvariants = true };

    private static int[][] MakePrompts()
    {
        var random = new Random(Seed);
        int[] shared = [.. Enumerable.Range(0, 40).Select(_ => random.Next(Config.VocabularySize))];
        return [.. new[] { 1, 2, 7, 15, 16, 17, 31, 32, 50, 64, 127, 150 }.Select((length, index) => (int[])[
            .. index % 3 == 0 ? shared.Take(length) : [],
            .. Enumerable.Range(0, index % 3 == 0 ? Math.Max(0, length - shared.Length) : length).Select(_ => random.Next(Config.VocabularySize)),
        ])];
    }

    /// <summary>The hashes of all logits, [sequence][step], in the order in which the sequences were added.</summary>
    private UInt128[][] Run(EngineOptions options, int[][] prompts, int answerCount = 1)
    {
        using var engine = new PagedEngine(
            Device.Accelerator, Config, _weights, ElementType.BFloat16, options with { GroupSize = Device.GroupSize, KernelForm = Device.Form });
        engine.PoisonCache();
        foreach (int[] prompt in prompts)
            engine.Add(prompt, new SamplingOptions { MaxTokens = AnswerLength }, answerCount: answerCount);

        var hashes = new SortedDictionary<long, List<UInt128>>();
        var logits = new float[Config.VocabularySize];
        while (engine.HasWork)
        {
            engine.StepSequences(batch =>
            {
                for (int row = 0; row < batch.LogitCount; row++)
                {
                    engine.ReadLogits(row, logits);
                    long id = batch.LogitSequences[row].Id;
                    hashes.TryAdd(id, []);
                    hashes[id].Add(XxHash128.HashToUInt128(MemoryMarshal.AsBytes<float>(logits)));
                }
            });
        }

        if (options.BlockCount == 14)
            Assert.That(engine.Statistics.Preemptions, Is.GreaterThan(0), "the pool was meant to be too small");
        Assert.That(engine.Usage.OwnedBlocks, Is.Zero, "blocks owned after all requests ended");
        return [.. hashes.Values.Select(list => list.ToArray())];
    }
}
