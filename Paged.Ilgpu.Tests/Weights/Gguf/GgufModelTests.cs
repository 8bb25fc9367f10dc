using Paged.Ilgpu.Config;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Weights.Gguf;

public class GgufModelTests
{
    private const int Seed = 11;
    private const string Name = "model.gguf";

    [Test]
    public void A_file_has_configuration_and_weights([Values] ElementType type, [Values] bool byFolder)
    {
        using var folder = new TestFolder();
        folder.Write(Name, SmallGguf.Write(type).Finish());
        using Checkpoint checkpoint = Checkpoint.Open(byFolder ? folder.Path : folder[Name]);
        Assert.Multiple(() =>
        {
            Assert.That(checkpoint.StoredType, Is.EqualTo(type));
            Assert.That(checkpoint.BeginOfTextId, Is.EqualTo(1));
            Assert.That(checkpoint.EndOfTextIds, Is.EqualTo(new[] { 2 }));
            Assert.That(checkpoint.Metadata!.Texts("tokenizer.ggml.tokens"), Has.Length.EqualTo(3));
            Assert.That(checkpoint.Folder, Is.EqualTo(folder.Path));
        });
        SmallModel.AssertSame(checkpoint);
    }

    [Test]
    public void Quantized_blocks_are_widened([Values("Q4_0", "Q8_0", "Q4_K", "Q6_K")] string encoding)
    {
        (byte[] content, ArrayWeights expected) = SmallGguf.WriteQuantized(QuantizedBlocks.Of(encoding), Seed);
        using var folder = new TestFolder();
        using Checkpoint checkpoint = Checkpoint.Open(folder.Write(Name, content));
        Assert.That(checkpoint.StoredType, Is.EqualTo(ElementType.BFloat16));
        foreach ((string name, int rows, int columns) in SmallModel.Tensors)
        {
            WeightTensor tensor = checkpoint.Weights.GetTensor(name, rows, columns);
            Assert.That(tensor.ReadAll(), Is.EqualTo(expected.GetTensor(name, rows, columns).ReadAll()), $"seed {Seed}: {name}");
            Assert.That(tensor.TryReadStoredRow(0, new byte[columns * sizeof(float)]), Is.EqualTo(rows == 1), name);
        }
    }

    [Test]
    public void Parts_are_found_by_the_first_ones_name()
    {
        using var folder = new TestFolder();
        var first = new GgufWriter();
        var second = new GgufWriter().UInt32("split.no", 1);
        SmallGguf.Metadata(first.UInt32("split.count", 2));
        int index = 0;
        foreach (TestTensor tensor in SmallGguf.Tensors(ElementType.Float32))
            (index++ % 2 == 0 ? first : second).Tensor(tensor.Name, 0, tensor.Shape, tensor.Data);
        folder.Write("m-00001-of-00002.gguf", first.Finish());
        folder.Write("m-00002-of-00002.gguf", second.Finish());
        using (Checkpoint checkpoint = Checkpoint.Open(folder.Path))
            SmallModel.AssertSame(checkpoint);
        Refusal.Of(() => Checkpoint.Open(folder["m-00002-of-00002.gguf"]), "part 2 of 2", "first");
        File.Move(folder["m-00001-of-00002.gguf"], folder["renamed.gguf"]);
        Refusal.Of(() => Checkpoint.Open(folder["renamed.gguf"]), "split.count");
    }

    [Test]
    public void Divisors_of_the_frequencies_are_Llama_3_1s_scaling()
    {
        LlamaConfig stretched = SmallModel.Config with { RopeScaling = new Llama3RopeScaling(8, 1, 4, 64) };
        double[] plain = RopeFrequencies.Compute(SmallModel.Config);
        double[] expected = RopeFrequencies.Compute(stretched);
        float[] divisors = [.. plain.Zip(expected, (frequency, slowed) => (float)(frequency / slowed))];
        Assert.That(divisors.Distinct().Count(), Is.GreaterThan(2));
        LlamaConfig read = ReadConfig(SmallGguf.Write(ElementType.BFloat16)
            .Tensor("rope_freqs.weight", 0, [16], TestTensor.Narrow(ElementType.Float32, divisors)));
        Assert.That(RopeFrequencies.Compute(read), Is.EqualTo(expected).Within(1e-5).Percent); // float32's rounding
        Assert.That(RopeFrequencies.Compute(read), Is.Not.EqualTo(plain));
    }

    [Test]
    public void Linear_scaling_is_read_by_either_name()
    {
        var expected = new LinearRopeScaling(4);
        LlamaConfig newer = ReadConfig(SmallGguf.Write(
            ElementType.BFloat16, new GgufWriter().Text("llama.rope.scaling.type", "linear").Float32("llama.rope.scaling.factor", 4)));
        LlamaConfig older = ReadConfig(SmallGguf.Write(ElementType.BFloat16, new GgufWriter().Float32("llama.rope.scale_linear", 4)));
        Assert.That((newer.RopeScaling, older.RopeScaling, newer.MaxPositions), Is.EqualTo((expected, expected, 512)));
    }

    [Test]
    public void Without_an_output_matrix_it_is_the_embedding()
    {
        GgufWriter writer = SmallGguf.Metadata();
        foreach (TestTensor tensor in SmallGguf.Tensors(ElementType.Float32).Where(tensor => tensor.Name != "output.weight"))
            writer.Tensor(tensor.Name, 0, tensor.Shape, tensor.Data);
        Assert.That(ReadConfig(writer).TiedEmbedding, Is.True);
    }

    [Test]
    public void What_is_not_understood_is_refused_by_name()
    {
        Refuses(new GgufWriter().UInt32("llama.expert_count", 8), "'llama.expert_count'", "8");
        Refuses(new GgufWriter().UInt32("llama.attention.sliding_window", 64), "'llama.attention.sliding_window'");
        Refuses(new GgufWriter().UInt32("llama.attention.key_length", 64), "'llama.rope.dimension_count'", "64");
        Refuses(new GgufWriter().Text("llama.rope.scaling.type", "longrope"), "'llama.rope.scaling.type'", "longrope");
        Refuses(new GgufWriter().Floats("llama.vocab_size", 1), "'llama.vocab_size'");
        Refuses(new GgufWriter().UInt32("llama.vocab_size", 41), "'token_embd.weight'", "[40, 256]", "[41, 256]");
        Refusal.Of(() => ReadConfig(new GgufWriter()), "'general.architecture'");
        Refusal.Of(() => ReadConfig(new GgufWriter().Text("general.architecture", "qwen2")), "'qwen2'", "'llama'");
        RefusesTensor("rope_freqs.weight", TestTensor.Narrow(ElementType.Float32, [1, 2, 4]), "3 divisors", "16");
        RefusesTensor("rope_freqs.weight", new byte[64], "divisors");
        RefusesTensor("blk.0.ffn_gate_inp.weight", new byte[4], "'blk.0.ffn_gate_inp.weight'");
    }

    [Test]
    public void A_folder_of_two_models_is_refused()
    {
        using var folder = new TestFolder();
        folder.Write("one.gguf", [1]);
        folder.Write("two.gguf", [1]);
        Refusal.Of(() => Checkpoint.Open(folder.Path), "one.gguf", "two.gguf");
    }

    [Test]
    public void Random_weights_have_the_files_shape()
    {
        using var folder = new TestFolder();
        folder.Write(Name, SmallGguf.Write(ElementType.Float32).Finish());
        using Checkpoint checkpoint = Checkpoint.Open(folder[Name], LoadFormat.Dummy);
        Assert.That(checkpoint.Config, Is.EqualTo(SmallModel.Config));
        Assert.That(ModelShape.Find(folder[Name], vocabularySize: null).Config, Is.EqualTo(SmallModel.Config));
    }

    private static void Refuses(GgufWriter metadata, params string[] parts) =>
        Refusal.Of(() => ReadConfig(SmallGguf.Write(ElementType.BFloat16, metadata)), [Name, .. parts]);

    private static void RefusesTensor(string name, byte[] data, params string[] parts) =>
        Refusal.Of(() => ReadConfig(SmallGguf.Write(ElementType.Float32).Tensor(name, 0, [data.Length / 4], data)), parts);

    private static LlamaConfig ReadConfig(GgufWriter writer)
    {
        using var folder = new TestFolder();
        using Checkpoint checkpoint = Checkpoint.Open(folder.Write(Name, writer.Finish()));
        return checkpoint.Config;
    }
}
