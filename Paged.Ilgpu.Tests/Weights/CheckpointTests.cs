using Paged.Ilgpu.Config;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Weights;

public class CheckpointTests
{
    [TestCase("stories260K/meta")]
    [TestCase("stories260K/hf")]
    [TestCase("stories260K/stories260K.pt")]
    public void every_form_of_a_trained_model_gives_the_same_bits(string form)
    {
        using Checkpoint checkpoint = Checkpoint.Open(SharedData.Path(form));
        (LlamaConfig config, IWeightSource expected) = Llama2cFile.Read(SharedData.Path("stories260K/stories260K.bin"));
        Assert.Multiple(() =>
        {
            foreach ((string name, int rows, int columns) in ExpectedTensors.Of(checkpoint.Config))
            {
                string source = name == WeightNames.Output ? WeightNames.Embedding : name; // tied in llama2.c's file, twice in Meta's form
                float[] values = checkpoint.Weights.GetTensor(name, rows, columns).ReadAll();
                Assert.That(Bits(values), Is.EqualTo(Bits(expected.GetTensor(source, rows, columns).ReadAll())), name);
            }

            Assert.That(checkpoint.StoredType, Is.EqualTo(ElementType.Float32));
            Assert.That(checkpoint.Config with { TiedEmbedding = true }, Is.EqualTo(config));
        });
    }

    [Test]
    public void bfloat16_holds_the_float32_weights_rounded()
    {
        using Checkpoint rounded = Checkpoint.Open(SharedData.Path("stories260K/meta-bf16"));
        using Checkpoint whole = Checkpoint.Open(SharedData.Path("stories260K/meta"));
        Assert.That(rounded.StoredType, Is.EqualTo(ElementType.BFloat16));
        Dictionary<string, float[]> expected = whole.ReadAll();
        foreach ((string name, float[] values) in rounded.ReadAll())
        {
            for (int i = 0; i < values.Length; i++)
                Assert.That(values[i], Is.EqualTo(expected[name][i]).Within(Math.Abs(expected[name][i]) / 256), name);
        }
    }

    [Test]
    public void masks_saved_beside_the_weights_are_ignored()
    {
        using Checkpoint checkpoint = Checkpoint.Open(SharedData.Path("meta-format-demo"));
        Assert.That(checkpoint.Weights.Names, Is.EquivalentTo(ExpectedTensors.Of(checkpoint.Config).Select(tensor => tensor.Name)));
    }

    [Test]
    public void a_checkpoint_of_Llama_3_1_has_its_scaling_and_its_own_output()
    {
        using Checkpoint checkpoint = Checkpoint.Open(SharedData.Path("hf-fixtures/tiny_llama3"));
        Assert.Multiple(() =>
        {
            Assert.That(checkpoint.Config.RopeScaling, Is.EqualTo(new Llama3RopeScaling(8, 1, 4, 8192)));
            Assert.That(checkpoint.Config.TiedEmbedding, Is.False);
            Assert.That(checkpoint.StoredType, Is.EqualTo(ElementType.BFloat16));
            Assert.That(checkpoint.ReadAll().Values.SelectMany(values => values), Has.All.Matches<float>(float.IsFinite));
        });
    }

    [Test]
    public void a_config_file_says_where_texts_begin_and_end()
    {
        using Checkpoint checkpoint = Checkpoint.Open(SharedData.Path("stories260K/hf"));
        Assert.That((checkpoint.BeginOfTextId, checkpoint.EndOfTextIds.Single()), Is.EqualTo((1, 2)));
    }

    [Test]
    public void every_type_in_every_form_gives_the_same_bits(
        [Values] ElementType type, [Values("meta", "hf")] string form, [Values("", "original")] string below)
    {
        using var folder = new TestFolder();
        if (form == "meta")
            TinyModel.WriteMeta(folder, below, type);
        else
            TinyModel.WriteHuggingFace(folder, below, type);
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        Assert.Multiple(() =>
        {
            Assert.That(checkpoint.Config, Is.EqualTo(TinyModel.Config));
            Assert.That(checkpoint.StoredType, Is.EqualTo(type));
            Assert.That(checkpoint.Folder, Is.EqualTo(Path.Combine(folder.Path, below)));
            foreach ((string name, float[] values) in checkpoint.ReadAll())
                Assert.That(Bits(values), Is.EqualTo(Bits(TinyModel.Values(name))), name);
        });
    }

    [Test]
    public void the_complete_form_is_taken_and_Metas_first()
    {
        using var folder = new TestFolder();
        TinyModel.WriteHuggingFace(folder);
        TinyModel.WriteMeta(folder, "original");
        Assert.That(OpenedFolder(folder), Is.EqualTo(folder["original"]));
        File.Delete(folder["original/consolidated.00.pth"]);
        Assert.That(OpenedFolder(folder), Is.EqualTo(folder.Path));
        folder.Write("model.safetensors.index.json", "{}"); // beside a whole file it says nothing
        Assert.That(OpenedFolder(folder), Is.EqualTo(folder.Path));
    }

    [Test]
    public void a_row_is_read_without_allocation_from_any_thread()
    {
        using var folder = new TestFolder();
        TinyModel.WriteHuggingFace(folder);
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        WeightTensor query = checkpoint.Weights.GetTensor(WeightNames.Query(0), 12, 12);
        float[] expected = TinyModel.Values(WeightNames.Query(0));
        var read = new float[expected.Length];
        Parallel.For(0, 12, row => query.ReadRow(row, read.AsSpan(row * 12, 12)));
        Assert.That(read, Is.EqualTo(expected));

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            query.ReadRow(i % 12, read.AsSpan(0, 12));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void a_tensor_does_not_outlive_its_checkpoint()
    {
        using var folder = new TestFolder();
        TinyModel.WriteMeta(folder);
        Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        WeightTensor norm = checkpoint.Weights.GetTensor(WeightNames.FinalNorm, 1, 12);
        checkpoint.Dispose();
        Assert.Throws<ObjectDisposedException>(() => norm.ReadRow(0, new float[12]));
    }

    private static string OpenedFolder(TestFolder folder)
    {
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        return checkpoint.Folder;
    }

    private static uint[] Bits(float[] values) => Array.ConvertAll(values, BitConverter.SingleToUInt32Bits);
}
