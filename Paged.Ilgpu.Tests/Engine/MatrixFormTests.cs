using Paged.Ilgpu.Config;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Kernels;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Tests.Kernels;
using Paged.Ilgpu.Tests.Reference;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Engine;

/// <summary>The whole model with its linear layers on the matrix unit, emulated where there is no GPU.</summary>
[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfWarps))]
public sealed class MatrixFormTests(TestBackend backend)
{
    private const int Seed = 8;
    private const int PromptLength = 37;

    private static readonly LlamaConfig Config = RandomLlama.Shape(hiddenSize: 40, intermediateSize: 52, vocabularySize: 71, layerCount: 1);

    [Test]
    [Pairwise]
    public void Logits_are_those_of_the_reference_and_the_same_bits_however_the_prompt_is_cut(
        [Values(ElementType.BFloat16, ElementType.Float16)] ElementType type, [Values] WeightQuantization quantization, [Values] bool isBiased)
    {
        LlamaConfig config = Config with { AttentionBias = isBiased, FeedForwardBias = isBiased };
        using TestDevice device = backend.Open();
        using IWeightSource weights = RandomLlama.Weights(config, Seed, type);
        var random = new Random(Seed);
        int[] prompt = [.. Enumerable.Range(0, PromptLength).Select(_ => random.Next(Config.VocabularySize))];
        using IWeightSource ofNumbers = quantization == WeightQuantization.Int8
            ? QuantizedWeights.Of(weights, config)
            : RandomLlama.Weights(config, Seed, type);
        float[] expected = new ReferenceModel(config, ofNumbers, type, type).Logits(prompt)[^1];

        // All at once by the form for many rows, and in chunks by the one for few.
        float[] whole = Run(PromptLength);
        Assert.That(whole, Is.EqualTo(expected).Within(0.05f));
        Closeness.CheckSameBits(Run(9), whole, "chunks of 9");

        float[] Run(int chunk)
        {
            using var engine = new PagedEngine(device.Accelerator, config, weights, type, new EngineOptions
            {
                GroupSize = device.GroupSize,
                KernelForm = KernelForm.MatrixUnit,
                Quantization = quantization,
                KvCacheBytes = 1 << 20,
                MaxBatchedTokens = chunk,
            });
            Assert.That(engine.KernelForm, Is.EqualTo(KernelForm.MatrixUnit));
            var logits = new float[Config.VocabularySize];
            engine.Add(prompt, new SamplingOptions { MaxTokens = 1 });
            while (engine.HasWork)
                engine.StepSequences(_ => engine.ReadLogits(0, logits));
            return logits;
        }
    }
}
