using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Engine;

/// <summary>One model in every form: the same greedy tokens and the same logits, bit for bit, on a device of any type.</summary>
public sealed class CheckpointFormsTests
{
    private const int Seed = 5;
    private static readonly int[] Prompt = [1, 30, 7, 22, 3];

    private readonly Dictionary<ElementType, (int[] Tokens, uint[] Logits)> _expected = [];
    private TestDevice _device = null!;

    [OneTimeSetUp]
    public void Open()
    {
        _device = new TestBackend("cpu", 1).Open();
        ArrayWeights expected = Expected();
        foreach (ElementType onDevice in Enum.GetValues<ElementType>())
            _expected[onDevice] = Answer(expected, onDevice);
    }

    [OneTimeTearDown]
    public void Close() => _device.Dispose();

    [TestCase("Meta, 1 file")]
    [TestCase("Meta, 4 files")]
    [TestCase("Meta, 4 files, embedding by columns")]
    [TestCase("model.safetensors, 1 file")]
    [TestCase("model.safetensors, 3 files")]
    [TestCase("pytorch_model.bin, 1 file")]
    [TestCase("pytorch_model.bin, 3 files")]
    [TestCase("GGUF")]
    public void Every_form_and_type_gives_the_same_answer(string form)
    {
        foreach (ElementType onDevice in Enum.GetValues<ElementType>())
        {
            (int[] Tokens, uint[] Logits) right = _expected[onDevice];
            foreach (ElementType stored in Enum.GetValues<ElementType>())
            {
                using var folder = new TestFolder();
                Write(folder, form, stored);
                using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
                (int[] Tokens, uint[] Logits) found = Answer(checkpoint.Weights, onDevice);
                Assert.That(found.Tokens, Is.EqualTo(right.Tokens), $"{form}, {stored} on {onDevice}");
                Assert.That(found.Logits, Is.EqualTo(right.Logits), $"{form}, {stored} on {onDevice}");
            }
        }
    }

    [Test]
    public void Quantized_blocks_give_the_answer_of_their_elements([Values("Q4_0", "Q8_0", "Q4_K", "Q6_K")] string encoding)
    {
        (byte[] content, ArrayWeights expected) = SmallGguf.WriteQuantized(QuantizedBlocks.Of(encoding), Seed);
        using var folder = new TestFolder();
        using Checkpoint checkpoint = Checkpoint.Open(folder.Write("model.gguf", content));
        foreach (ElementType onDevice in Enum.GetValues<ElementType>())
        {
            (int[] Tokens, uint[] Logits) right = Answer(expected, onDevice);
            (int[] Tokens, uint[] Logits) found = Answer(checkpoint.Weights, onDevice);
            Assert.That(found.Tokens, Is.EqualTo(right.Tokens), $"seed {Seed}: {encoding} on {onDevice}");
            Assert.That(found.Logits, Is.EqualTo(right.Logits), $"seed {Seed}: {encoding} on {onDevice}");
        }
    }

    private static void Write(TestFolder folder, string form, ElementType stored)
    {
        int files = form.Contains("1 file") ? 1 : form.Contains("4 files") ? 4 : 3;
        if (form == "GGUF")
            folder.Write("model.gguf", SmallGguf.Write(stored).Finish());
        else if (form.StartsWith("Meta"))
            SmallModel.WriteMeta(folder, stored, files, embeddingByColumns: form.EndsWith("columns"));
        else
            SmallModel.WriteHuggingFace(folder, stored, form.Split(',')[0], files);
    }

    private static ArrayWeights Expected()
    {
        var weights = new ArrayWeights(ElementType.Float32);
        foreach ((string name, int rows, int columns) in SmallModel.Tensors)
            weights.Add(name, rows, columns, SmallModel.Values(name));
        return weights;
    }

    private (int[] Tokens, uint[] Logits) Answer(IWeightSource weights, ElementType onDevice)
    {
        using var engine = new PagedEngine(
            _device.Accelerator,
            SmallModel.Config,
            weights,
            onDevice,
            new EngineOptions { GroupSize = _device.GroupSize, KvCacheBytes = 1 << 20, MaxSequences = 1, MaxBatchedTokens = 8 });
        var sequence = engine.AddSequence(Prompt, new SamplingOptions { MaxTokens = 4, IgnoreEos = true });
        var logits = new float[SmallModel.Config.VocabularySize];
        while (engine.HasWork)
            _ = engine.StepSequences(_ => engine.ReadLogits(0, logits));
        return (sequence.Generated.ToArray(), Array.ConvertAll(logits, BitConverter.SingleToUInt32Bits));
    }
}
