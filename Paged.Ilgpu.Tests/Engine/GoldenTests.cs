using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Engine;

/// <summary>A trained checkpoint, in every form it comes in, against llama2.c's own tokens and logits.</summary>
[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfEngine))]
public sealed class GoldenTests(TestBackend backend)
{
    [TestCase("meta")]
    [TestCase("hf")]
    [TestCase("stories260K.pt")]
    public void Greedy_tokens_and_first_logits_are_those_of_the_reference(string form)
    {
        using TestDevice device = backend.Open();
        using Checkpoint checkpoint = Checkpoint.Open(SharedData.Path("stories260K/" + form));
        using var engine = new PagedEngine(
            device.Accelerator,
            checkpoint.Config,
            checkpoint.Weights,
            ElementType.Float32,
            new EngineOptions { GroupSize = device.GroupSize, KernelForm = device.Form, KvCacheBytes = 16 << 20, CheckInvariants = true });
        var logits = new float[checkpoint.Config.VocabularySize];
        foreach (GoldenLine line in GoldenFile.Read())
        {
            var sequence = engine.AddSequence(
                line.PromptTokens, new SamplingOptions { MaxTokens = line.GreedyTokens.Length, IgnoreEos = true });
            _ = engine.StepSequences(_ => engine.ReadLogits(0, logits));
            Assert.That(
                logits.AsSpan(0, 16).ToArray(),
                Is.EqualTo(line.LogitsAfterPromptFirst16).Within(1e-4f),
                $"logits after the prompt '{line.Prompt}'");
            while (engine.HasWork)
                _ = engine.StepSequences();
            Assert.That(sequence.Generated.ToArray(), Is.EqualTo(line.GreedyTokens), $"answer to '{line.Prompt}'");
        }
    }
}
