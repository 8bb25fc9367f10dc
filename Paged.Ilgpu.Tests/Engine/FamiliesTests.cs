using Paged.Ilgpu.Config;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Tests.Reference;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Engine;

/// <summary>What sets one Llama family apart from another, in small: each computes what the plain reference computes.</summary>
[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfEngine))]
public sealed class FamiliesTests(TestBackend backend) : EngineFixture(backend)
{
    private const int Seed = 20_261_124;
    private const int PromptLength = 37;

    private static IEnumerable<TestCaseData> Families()
    {
        LlamaConfig plain = RandomLlama.Shape();
        yield return Case("grouped-query attention", plain);
        yield return Case("one key head for each query head", RandomLlama.Shape(keyValueHeadCount: 4));
        yield return Case("one key head for all", RandomLlama.Shape(keyValueHeadCount: 1));
        yield return Case("a tied embedding", plain with { TiedEmbedding = true });
        yield return Case("heads wider than their share", RandomLlama.Shape(headDim: 24, hiddenSize: 40));
        yield return Case("heads narrower than their share", RandomLlama.Shape(headDim: 6, hiddenSize: 60));
        yield return Case("biases in attention", plain with { AttentionBias = true });
        yield return Case("biases in the feed-forward layer", plain with { FeedForwardBias = true });
        yield return Case(
            "biases of odd sizes", RandomLlama.Shape(headDim: 6, hiddenSize: 35, intermediateSize: 51) with { AttentionBias = true, FeedForwardBias = true });
        yield return Case("another epsilon and theta", plain with { RmsNormEpsilon = 0.01f, RopeTheta = 500_000 });
        yield return Case("Llama 3.1's scaling", plain with { RopeScaling = new Llama3RopeScaling(8, 1, 4, 32) });
        yield return Case("linear scaling", plain with { RopeScaling = new LinearRopeScaling(4) });
        yield return Case("dynamic scaling", plain with { RopeScaling = new DynamicRopeScaling(4) });
        yield return Case("YaRN", plain with { RopeScaling = new YarnRopeScaling(8, 32, 2, 0.5, YarnRopeScaling.AttentionFactorFor(8)) });

        static TestCaseData Case(string name, LlamaConfig config) => new TestCaseData(config).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Families))]
    public void Logits_are_those_of_the_reference(LlamaConfig config)
    {
        using IWeightSource weights = RandomLlama.Weights(config, Seed);
        int[] prompt = MakePrompt(config);
        float[] expected = new ReferenceModel(config, weights, ElementType.Float32, ElementType.Float32).Logits(prompt)[^1];
        float[] actual = Logits(config, weights, ElementType.Float32, prompt);
        TestContext.Out.WriteLine($"seed {Seed}, largest difference {expected.Zip(actual, (e, a) => Math.Abs((double)e - a)).Max():g3}");
        Assert.That(actual, Is.EqualTo(expected).Within(2e-5f));
    }

    [Test]
    public void A_biased_model_gives_the_same_bits_in_chunks_of_any_size()
    {
        LlamaConfig config = RandomLlama.Shape() with { AttentionBias = true, FeedForwardBias = true };
        using IWeightSource weights = RandomLlama.Weights(config, Seed, ElementType.BFloat16);
        int[] prompt = MakePrompt(config);
        float[] whole = Logits(config, weights, ElementType.BFloat16, prompt);
        foreach (int chunk in (int[])[1, 3, 16])
            Assert.That(Logits(config, weights, ElementType.BFloat16, prompt, chunk), Is.EqualTo(whole), $"chunks of {chunk}");
    }

    private static int[] MakePrompt(LlamaConfig config)
    {
        var random = new Random(Seed);
        return [.. Enumerable.Range(0, PromptLength).Select(_ => random.Next(config.VocabularySize))];
    }

    /// <summary>The logits after the last token of a prompt.</summary>
    private float[] Logits(LlamaConfig config, IWeightSource weights, ElementType type, int[] prompt, int chunk = 64)
    {
        var options = new EngineOptions { GroupSize = Device.GroupSize, KernelForm = Device.Form, BlockCount = 16, MaxBatchedTokens = chunk, MaxSequences = 1 };
        using var engine = new PagedEngine(Device.Accelerator, config, weights, type, options);
        engine.Add(prompt, new SamplingOptions { MaxTokens = 1 });
        var logits = new float[config.VocabularySize];
        while (engine.HasWork)
        {
            engine.StepSequences(batch =>
            {
                if (batch.LogitCount > 0)
                    engine.ReadLogits(0, logits);
            });
        }

        return logits;
    }
}
