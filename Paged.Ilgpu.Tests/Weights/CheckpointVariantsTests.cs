using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Weights;

/// <summary>Tied outputs, open vocabularies, random weights, and checkpoints that contradict their configuration.</summary>
public class CheckpointVariantsTests
{
    [Test]
    public void without_an_output_matrix_Metas_form_is_tied()
    {
        List<TestTensor> tensors = TinyModel.MetaTensors(ElementType.Float32);
        tensors.RemoveAll(tensor => tensor.Name == "output.weight");
        using var folder = new TestFolder();
        using Checkpoint checkpoint = OpenMeta(folder, tensors);
        Assert.That(checkpoint.Config.TiedEmbedding, Is.True);
        Assert.That(checkpoint.Weights.Names, Does.Not.Contain(WeightNames.Output));
    }

    [Test]
    public void an_output_matrix_that_is_the_embedding_is_tied()
    {
        List<TestTensor> tensors = TinyModel.MetaTensors(ElementType.Float32);
        int output = tensors.FindIndex(tensor => tensor.Name == "output.weight");
        tensors[output] = tensors[output] with { Data = tensors[0].Data };
        using var folder = new TestFolder();
        using Checkpoint checkpoint = OpenMeta(folder, tensors);
        Assert.That(checkpoint.Config.TiedEmbedding, Is.True);
    }

    [Test]
    public void a_tied_config_wins_over_a_copy_in_the_file()
    {
        using var folder = new TestFolder();
        TinyModel.WriteHuggingFace(folder);
        folder.Write("config.json", TinyModel.ConfigJson.Replace("{", "{\"tie_word_embeddings\": true, "));
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        Assert.That(checkpoint.Config.TiedEmbedding, Is.True);
        Assert.That(checkpoint.Weights.Names, Does.Not.Contain(WeightNames.Output));
    }

    [Test]
    public void an_open_vocabulary_is_counted_in_the_weights()
    {
        using var folder = new TestFolder();
        TinyModel.WriteMeta(folder);
        folder.Write("params.json", TinyModel.ParamsJson.Replace("\"vocab_size\": 9", "\"vocab_size\": -1"));
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        Assert.That(checkpoint.Config.VocabularySize, Is.EqualTo(9));
    }

    [Test]
    public void random_weights_need_the_configuration_alone()
    {
        using var folder = new TestFolder();
        folder.Write("original/params.json", TinyModel.ParamsJson.Replace("\"vocab_size\": 9", "\"vocab_size\": -1"));
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path, LoadFormat.Dummy, seed: 1, vocabularySize: 9);
        Assert.Multiple(() =>
        {
            Assert.That(checkpoint.Config, Is.EqualTo(TinyModel.Config));
            Assert.That(checkpoint.Folder, Is.EqualTo(folder["original"]));
            Assert.That(checkpoint.ReadAll()[WeightNames.Embedding], Is.EqualTo(TinyModel.Values(WeightNames.Embedding)));
        });
        Refusal.Of(() => Checkpoint.Open(folder.Path, LoadFormat.Dummy), "vocab_size");
    }

    [Test]
    public void an_absent_tensor_is_named() =>
        RefusesMeta(tensors => tensors.RemoveAll(tensor => tensor.Name.EndsWith("1.attention.wk.weight")), "'layers.1.key'", "[4, 12]");

    [Test]
    public void a_wrong_shape_is_named() =>
        RefusesMeta(tensors => tensors[2] = tensors[2] with { Shape = [6, 24] }, "'layers.0.attention.wq.weight'", "[6, 24]", "[12, 12]");

    [Test]
    public void an_unknown_tensor_is_named() =>
        RefusesMeta(tensors => tensors.Add(tensors[1] with { Name = "layers.0.attention.wq.bias" }), "'layers.0.attention.wq.bias'");

    [Test]
    public void a_layer_too_many_is_named() =>
        RefusesMeta(tensors => tensors.Add(tensors[1] with { Name = "layers.2.ffn_norm.weight" }), "'layers.2.ffn_norm.weight'", "the 2");

    [Test]
    public void one_weight_under_two_names_is_refused() =>
        RefusesMeta(tensors => tensors.Add(tensors[0] with { Name = "model.embed_tokens.weight" }), "'tok_embeddings.weight'", "twice");

    [Test]
    public void an_untied_config_without_an_output_matrix_is_refused()
    {
        using var folder = new TestFolder();
        TinyModel.WriteHuggingFace(folder);
        List<TestTensor> tensors = TinyModel.HuggingFaceTensors(ElementType.Float32);
        tensors.RemoveAll(tensor => tensor.Name == "lm_head.weight");
        folder.Write("model.safetensors", SafetensorsWriter.Write(tensors));
        Refusal.Of(() => Checkpoint.Open(folder.Path), "model.safetensors", "'output'");
    }

    [Test]
    public void a_weight_of_integers_is_refused()
    {
        using var folder = new TestFolder();
        TinyModel.WriteHuggingFace(folder);
        string text = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(folder["model.safetensors"]));
        folder.Write("model.safetensors", System.Text.Encoding.Latin1.GetBytes(text.Replace("\"BF16\"", "\"I16\" ")));
        Refusal.Of(() => Checkpoint.Open(folder.Path), "model.safetensors", "type I16");
    }

    [Test]
    public void a_folder_without_a_checkpoint_is_named()
    {
        using var folder = new TestFolder();
        Refusal.Of(() => Checkpoint.Open(folder["absent"]), folder["absent"]);
        Refusal.Of(() => Checkpoint.Open(folder.Path), folder.Path, "params.json", "config.json");
        Refusal.Of(() => Checkpoint.Open(folder.Path, LoadFormat.Dummy), folder.Path, "params.json", "config.json");
        folder.Write("params.json", TinyModel.ParamsJson);
        Refusal.Of(() => Checkpoint.Open(folder.Path), folder.Path, "consolidated.00.pth");
    }

    [Test]
    public void a_single_file_must_carry_its_configuration()
    {
        using var folder = new TestFolder();
        TinyModel.WriteMeta(folder);
        Refusal.Of(() => Checkpoint.Open(folder["consolidated.00.pth"]), "consolidated.00.pth", "model_args");
        Refusal.Of(() => Checkpoint.Open(folder["consolidated.00.pth"], LoadFormat.Dummy), "is a file");
    }

    [Test]
    public void a_refused_checkpoint_leaves_its_file_free()
    {
        using var folder = new TestFolder();
        TinyModel.WriteMeta(folder);
        folder.Write("params.json", "{}");
        Refusal.Of(() => Checkpoint.Open(folder.Path), "params.json");
        File.OpenWrite(folder["consolidated.00.pth"]).Dispose(); // refused while another handle is open
    }

    private static Checkpoint OpenMeta(TestFolder folder, List<TestTensor> tensors)
    {
        folder.Write("params.json", TinyModel.ParamsJson);
        folder.Write("consolidated.00.pth", PthWriter.Write(tensors));
        return Checkpoint.Open(folder.Path);
    }

    private static void RefusesMeta(Action<List<TestTensor>> spoil, params string[] parts)
    {
        List<TestTensor> tensors = TinyModel.MetaTensors(ElementType.Float32);
        spoil(tensors);
        using var folder = new TestFolder();
        Refusal.Of(() => OpenMeta(folder, tensors), ["consolidated.00.pth", .. parts]);
    }
}
