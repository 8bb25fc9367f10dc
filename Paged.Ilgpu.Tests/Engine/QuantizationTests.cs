using Paged.Ilgpu.Config;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Scheduling;
using Paged.Ilgpu.Tests.Reference;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Engine;

/// <summary>Models whose linear layers are int8.</summary>
[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfEngine))]
public sealed class QuantizationTests(TestBackend backend) : EngineFixture(backend)
{
    private const int Seed = 11;

    [Test]
    public void Logits_are_those_of_the_reference_with_the_weights_that_the_numbers_stand_for([Values] bool tied, [Values] bool biased)
    {
        LlamaConfig config = RandomLlama.Shape(hiddenSize: 40, intermediateSize: 52, vocabularySize: 71, tiedEmbedding: tied) with
        {
            AttentionBias = biased,
            FeedForwardBias = biased,
        };
        using IWeightSource weights = RandomLlama.Weights(config, Seed);
        var random = new Random(Seed);
        int[] prompt = [.. Enumerable.Range(0, 30).Select(_ => random.Next(config.VocabularySize))];
        using IWeightSource quantized = QuantizedWeights.Of(weights, config);
        float[] expected = new ReferenceModel(config, quantized, ElementType.Float32, ElementType.Float32).Logits(prompt)[^1];
        using PagedEngine engine = Open(config, weights, ElementType.Float32);
        var logits = new float[config.VocabularySize];
        engine.Add(prompt, new SamplingOptions { MaxTokens = 1 });
        while (engine.HasWork)
            engine.StepSequences(_ => engine.ReadLogits(0, logits));
        Assert.That(logits, Is.EqualTo(expected).Within(1e-4f));
    }

    [Test]
    public void The_memory_that_is_saved_goes_to_the_cache()
    {
        LlamaConfig config = RandomLlama.Shape(headCount: 8, headDim: 32, intermediateSize: 512, maxPositions: 2_048);
        using IWeightSource weights = RandomLlama.Weights(config, Seed, ElementType.BFloat16);
        using PagedEngine plain = Open(config, weights, ElementType.BFloat16, WeightQuantization.None);
        using PagedEngine quantized = Open(config, weights, ElementType.BFloat16);
        long saved = plain.WeightBytes - quantized.WeightBytes;
        long expected = WeightSize.OnDevice(config, ElementType.BFloat16, WeightQuantization.None)
            - WeightSize.OnDevice(config, ElementType.BFloat16, WeightQuantization.Int8);
        Assert.That(saved, Is.EqualTo(expected).Within(1).Percent);
        long blockBytes = plain.KvCacheBytes / plain.CacheOptions.BlockCount;
        Assert.That(quantized.CacheOptions.BlockCount - plain.CacheOptions.BlockCount, Is.EqualTo(saved / blockBytes).Within(1));
    }

    [Test]
    public void The_demo_model_still_gives_most_of_its_pinned_answers()
    {
        using Checkpoint checkpoint = Checkpoint.Open(TrainedModel.PathOf(TrainedModel.Demo));
        using PagedEngine engine = Open(checkpoint.Config, checkpoint.Weights, checkpoint.StoredType);
        IReadOnlyList<GoldenLine> golden = TrainedModel.Golden(TrainedModel.Demo);
        Sequence[] sequences =
        [
            .. golden.Select(line => engine.AddSequence(
                line.PromptTokens, new SamplingOptions { MaxTokens = 200, StopTokenIds = [line.GreedyTokens[^1]] })),
        ];
        while (engine.HasWork)
            _ = engine.StepSequences();
        int same = golden.Zip(sequences).Count(pair => pair.Second.Generated.SequenceEqual(pair.First.GreedyTokens));
        TestContext.Out.WriteLine($"{same} of {golden.Count} answers");
        Assert.That(same, Is.GreaterThanOrEqualTo(golden.Count * 3 / 4));
    }

    private PagedEngine Open(
        LlamaConfig config, IWeightSource weights, ElementType type, WeightQuantization quantization = WeightQuantization.Int8) => new(
        Device.Accelerator,
        config,
        weights,
        type,
        new EngineOptions
        {
            GroupSize = Device.GroupSize,
            KernelForm = Device.Form,
            Quantization = quantization,
            DeviceMemoryBytes = 64 << 20,
            MaxModelLength = Math.Min(1_024, config.MaxPositions),
            MaxSequences = 256,
            MaxBatchedTokens = 256,
            CheckInvariants = true,
        });
}
