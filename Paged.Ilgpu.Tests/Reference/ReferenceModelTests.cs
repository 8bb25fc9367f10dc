using Paged.Ilgpu.Config;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Reference;

public class ReferenceModelTests
{
    [TestCase("meta")]
    [TestCase("hf")]
    [TestCase("stories260K.pt")]
    public void Every_form_of_stories260K_answers_every_golden_prompt_token_for_token(string form)
    {
        ReferenceModel model = Stories260K(form, ElementType.Float32);
        foreach (GoldenLine line in GoldenFile.Read())
        {
            Assert.That(model.GenerateGreedy(line.PromptTokens, line.GreedyTokens.Length), Is.EqualTo(line.GreedyTokens), line.ToString());
            float[] logits = model.Logits(line.PromptTokens)[^1];
            Assert.That(logits[..16], Is.EqualTo(line.LogitsAfterPromptFirst16).Within(1e-4), line.ToString());
        }
    }

    [Test]
    public void Weights_rounded_when_stored_or_when_read_are_the_same()
    {
        float[] stored = Stories260K("meta-bf16", ElementType.BFloat16).Logits([1, 403, 407])[^1];
        Assert.That(stored, Is.EqualTo(Stories260K("meta", ElementType.BFloat16).Logits([1, 403, 407])[^1]));
    }

    [TestCase(ElementType.BFloat16, 0.5)]
    [TestCase(ElementType.Float16, 0.05)]
    public void Sixteen_bits_change_the_logits_a_little_and_not_more(ElementType type, double bound)
    {
        float[] exact = Stories260K("meta", ElementType.Float32).Logits([1, 403, 407, 261, 378])[^1];
        float[] rounded = Stories260K("meta", type).Logits([1, 403, 407, 261, 378])[^1];
        double difference = exact.Zip(rounded, (a, b) => Math.Abs(a - b)).Max();
        Assert.That(difference, Is.GreaterThan(bound / 100).And.LessThan(bound));
    }

    [Test]
    public void Random_models_of_odd_shapes_give_finite_logits_that_depend_on_every_token()
    {
        LlamaConfig config = RandomLlama.Shape(headCount: 3, keyValueHeadCount: 1, headDim: 6, hiddenSize: 13, intermediateSize: 7);
        using IWeightSource weights = RandomLlama.Weights(config, seed: 11);
        ReferenceModel model = new(config, weights, ElementType.BFloat16, ElementType.Float16);
        float[] logits = model.Logits([1, 2, 3])[^1];
        Assert.That(logits, Has.Length.EqualTo(config.VocabularySize).And.All.Matches<float>(float.IsFinite));
        Assert.That(model.Logits([4, 2, 3])[^1], Is.Not.EqualTo(logits));
    }

    private static ReferenceModel Stories260K(string form, ElementType type)
    {
        using Checkpoint checkpoint = Checkpoint.Open(SharedData.Path($"stories260K/{form}"));
        return new ReferenceModel(checkpoint.Config, checkpoint.Weights, type, type);
    }
}
