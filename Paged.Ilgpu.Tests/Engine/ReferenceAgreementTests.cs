using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Tests.Reference;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Engine;

/// <summary>The whole model against the plain reference, which sums in double and rounds where the engine rounds.</summary>
[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfEngine))]
public sealed class ReferenceAgreementTests(TestBackend backend)
{
    [TestCase(ElementType.BFloat16)]
    [TestCase(ElementType.Float16)]
    public void Logits_of_a_trained_checkpoint_in_sixteen_bits_are_within_a_twentieth(ElementType type)
    {
        using TestDevice device = backend.Open();
        using Checkpoint checkpoint = Checkpoint.Open(SharedData.Path("stories260K/meta-bf16"));
        var reference = new ReferenceModel(checkpoint.Config, checkpoint.Weights, type, type);
        using var engine = new PagedEngine(
            device.Accelerator,
            checkpoint.Config,
            checkpoint.Weights,
            checkpoint.StoredType,
            new EngineOptions { GroupSize = device.GroupSize, KvCacheBytes = 8 << 20, WeightType = type });
        foreach (GoldenLine line in GoldenFile.Read().Take(3))
        {
            int[] tokens = [.. line.PromptTokens, .. line.GreedyTokens.Take(60)];
            float[][] expected = reference.Logits(tokens);
            float[][] actual = LogitsAfterEachPrefix(engine, tokens, line.PromptTokens.Length);
            for (int index = 0; index < actual.Length; index++)
            {
                Assert.That(
                    actual[index], Is.EqualTo(expected[line.PromptTokens.Length - 1 + index]).Within(0.05f), $"'{line.Prompt}' + {index} tokens");
            }
        }
    }

    // Every prefix is a prompt of its own; prefix caching makes that cheap.
    private static float[][] LogitsAfterEachPrefix(PagedEngine engine, int[] tokens, int firstLength)
    {
        var logits = new float[tokens.Length - firstLength + 1][];
        for (int index = 0; index < logits.Length; index++)
        {
            float[] row = logits[index] = new float[engine.Config.VocabularySize];
            engine.Add(tokens.AsSpan(0, firstLength + index), new SamplingOptions { MaxTokens = 1 });
            engine.StepSequences(_ => engine.ReadLogits(0, row));
        }

        return logits;
    }
}
