using Paged.Ilgpu.Config;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Weights;

public class CheckpointTests
{
    [TestCase("stories260K/meta")]
    [TestCase("stories260K/hf")]
    [TestCase("stories260K/stories260K.pt")]
    public void every_form_of_a_model_gives_the_same_bits(string form)
    {
        using Checkpoint checkpoint = Checkpoint.Open(SharedData.Path(form));
        Dictionary<string, float[]> actual = checkpoint.ReadAll();
        Dictionary<string, float[]> expected = Llama2cFile.Read(SharedData.Path("stories260K/stories260K.bin"), checkpoint.Config);
        expected[WeightNames.Output] = expected[WeightNames.Embedding];
        Assert.Multiple(() =>
        {
            foreach ((string name, float[] values) in actual)
                Assert.That(Bits(values), Is.EqualTo(Bits(expected[name])), name);
            Assert.That(checkpoint.StoredType, Is.EqualTo(ElementType.Float32));
            Assert.That(checkpoint.Config with { TiedEmbedding = false }, Is.EqualTo(Stories260K));
        });
    }

    private static LlamaConfig Stories260K => new()
    {
        HiddenSize = 64,
        IntermediateSize = 172,
        LayerCount = 5,
        HeadCount = 8,
        KeyValueHeadCount = 4,
        HeadDim = 8,
        VocabularySize = 512,
        MaxPositions = 512,
        RmsNormEpsilon = 1e-5f,
        RopeTheta = 10000,
        TiedEmbedding = false,
    };

    private static uint[] Bits(float[] values) => Array.ConvertAll(values, BitConverter.SingleToUInt32Bits);
}
