using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Scheduling;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Engine;

/// <summary>
/// Trained checkpoints against pinned answers: stories260K, in every form it comes in, against llama2.c's own tokens and logits; the demo
/// model against those of the plain reference.
/// </summary>
[TestFixtureSource(typeof(TestBackends), nameof(TestBackends.OfEngine))]
public sealed class GoldenTests(TestBackend backend) : EngineFixture(backend)
{
    [TestCase(TrainedModel.Demo)]
    [TestCase("meta")]
    [TestCase("hf")]
    [TestCase("stories260K.pt")]
    public void Greedy_tokens_and_first_logits_are_those_of_the_reference(string form)
    {
        using Checkpoint checkpoint = Checkpoint.Open(TrainedModel.PathOf(form));
        using var engine = new PagedEngine(
            Device.Accelerator,
            checkpoint.Config,
            checkpoint.Weights,
            ElementType.Float32,
            new EngineOptions { GroupSize = Device.GroupSize, KernelForm = Device.Form, KvCacheBytes = 16 << 20, CheckInvariants = true });
        var logits = new float[checkpoint.Config.VocabularySize];
        foreach (GoldenLine line in TrainedModel.Golden(form))
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

    [TestCase(ElementType.BFloat16, CacheMethod.Paged)]
    [TestCase(ElementType.BFloat16, CacheMethod.Naive)]
    [TestCase(ElementType.Float16, CacheMethod.Paged)]
    [TestCase(ElementType.Float32, CacheMethod.Paged)]
    public void Side_by_side_in_a_small_cache_the_answers_are_the_pinned_ones_in_every_type(ElementType type, CacheMethod cache)
    {
        const int NaiveSequences = 2;
        using Checkpoint checkpoint = Checkpoint.Open(TrainedModel.PathOf(TrainedModel.Demo));
        var options = new EngineOptions { WeightType = type, Cache = cache, MaxModelLength = 256, GroupSize = Device.GroupSize, CheckInvariants = true };
        using var engine = new PagedEngine(
            Device.Accelerator,
            checkpoint.Config,
            checkpoint.Weights,
            checkpoint.StoredType,
            options with { BlockCount = cache == CacheMethod.Naive ? NaiveSequences : NaiveSequences * 256 / options.BlockSize });
        IReadOnlyList<GoldenLine> golden = TrainedModel.Golden(TrainedModel.Demo);
        Sequence[] sequences =
        [
            .. golden.Select(line => engine.AddSequence(
                line.PromptTokens, new SamplingOptions { MaxTokens = 200, StopTokenIds = [line.GreedyTokens[^1]] })),
        ];
        while (engine.HasWork)
            _ = engine.StepSequences();
        for (int index = 0; index < golden.Count; index++)
            Assert.That(sequences[index].Generated.ToArray(), Is.EqualTo(golden[index].GreedyTokens), golden[index].ToString());
        Assert.That(engine.Statistics.Usage.PeakSequences, cache == CacheMethod.Naive ? Is.EqualTo(NaiveSequences) : Is.GreaterThan(5 * NaiveSequences));
    }
}
