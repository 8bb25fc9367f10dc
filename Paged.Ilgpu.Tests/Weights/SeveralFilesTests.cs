using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Weights;

/// <summary>Releases in several files give the tensors of the same release in one, and broken ones say what is wrong.</summary>
public class SeveralFilesTests
{
    [Test]
    public void Metas_files_are_joined_each_tensor_along_its_own_axis(
        [Values] ElementType type, [Values(1, 2, 4)] int files, [Values] bool embeddingByColumns)
    {
        using var folder = new TestFolder();
        SmallModel.WriteMeta(folder, type, files, embeddingByColumns);
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        Assert.That((checkpoint.StoredType, checkpoint.Files.Count), Is.EqualTo((type, files)));
        SmallModel.AssertSame(checkpoint);
    }

    [Test]
    public void Hugging_Faces_files_are_read_by_their_list(
        [Values] ElementType type, [Values(1, 3)] int files, [Values("model.safetensors", "pytorch_model.bin")] string stem)
    {
        using var folder = new TestFolder();
        SmallModel.WriteHuggingFace(folder, type, stem, files);
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        Assert.That((checkpoint.StoredType, checkpoint.Files.Count), Is.EqualTo((type, files)));
        SmallModel.AssertSame(checkpoint);
    }

    [Test]
    public void A_row_in_parts_is_read_as_stored_too()
    {
        using var folder = new TestFolder();
        SmallModel.WriteMeta(folder, ElementType.BFloat16, files: 4, embeddingByColumns: true);
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        foreach ((string name, int rows, int columns) in SmallModel.Tensors)
        {
            WeightTensor tensor = checkpoint.Weights.GetTensor(name, rows, columns);
            var row = new byte[columns * sizeof(ushort)];
            Assert.That(tensor.TryReadStoredRow(rows - 1, row), name);
            float[] expected = SmallModel.Values(name)[^columns..];
            Assert.That(row, Is.EqualTo(TestTensor.Narrow(ElementType.BFloat16, expected)), name);
        }
    }

    [Test]
    public void A_missing_file_of_Metas_is_named()
    {
        using var folder = new TestFolder();
        SmallModel.WriteMeta(folder, ElementType.BFloat16, files: 4, embeddingByColumns: false);
        File.Delete(folder["consolidated.02.pth"]);
        Refusal.Of(() => Checkpoint.Open(folder.Path), "consolidated.03.pth", "no consolidated.02.pth");
        File.Delete(folder["consolidated.03.pth"]);
        folder.Write("params.json", SmallModel.ParamsJson.Replace("-1", "40"));
        Refusal.Of(() => Checkpoint.Open(folder.Path), "consolidated.00.pth", "'tok_embeddings.weight'", "[10, 256], [10, 256]", "[40, 256]");
    }

    [Test]
    public void A_tensor_that_one_file_lacks_is_named()
    {
        using var folder = new TestFolder();
        SmallModel.WriteMeta(folder, ElementType.BFloat16, files: 2, embeddingByColumns: false);
        folder.Write("consolidated.01.pth", PthWriter.Write(
            [SmallModel.Make("norm.weight", ElementType.BFloat16, 1, 256, SmallModel.Values(WeightNames.FinalNorm))]));
        Refusal.Of(() => Checkpoint.Open(folder.Path), "in 1 of the 2 files");
    }

    [Test]
    public void Parts_of_different_types_are_refused()
    {
        using var folder = new TestFolder();
        SmallModel.WriteMeta(folder, ElementType.BFloat16, files: 2, embeddingByColumns: false);
        byte[] first = File.ReadAllBytes(folder["consolidated.00.pth"]);
        SmallModel.WriteMeta(folder, ElementType.Float16, files: 2, embeddingByColumns: false);
        folder.Write("consolidated.00.pth", first);
        Refusal.Of(() => Checkpoint.Open(folder.Path), "BFloat16Storage", "HalfStorage");
    }

    [TestCase("../model.safetensors")]
    [TestCase("/etc/model.safetensors")]
    [TestCase("below/model.safetensors")]
    [TestCase("..\\\\model.safetensors")]
    [TestCase("C:model.safetensors")]
    [TestCase("config.json")]
    [TestCase("")]
    public void A_list_opens_nothing_outside_its_folder(string name)
    {
        using var outside = new TestFolder();
        SmallModel.WriteHuggingFace(outside, ElementType.BFloat16, "model.safetensors", files: 1);
        string inside = outside["inside"];
        Directory.CreateDirectory(Path.Combine(inside, "below"));
        File.Copy(outside["model.safetensors"], Path.Combine(inside, "below", "model.safetensors"));
        File.Copy(outside["config.json"], Path.Combine(inside, "config.json"));
        File.WriteAllText(
            Path.Combine(inside, "model.safetensors.index.json"), """{"weight_map": {"lm_head.weight": "NAME"}}""".Replace("NAME", name));
        Refusal.Of(() => Checkpoint.Open(inside), "model.safetensors.index.json", "same folder");
    }

    [TestCase("""{}""", "weight_map")]
    [TestCase("""{"weight_map": []}""", "weight_map")]
    [TestCase("""{"weight_map": {"lm_head.weight": 1}}""", "weight_map")]
    [TestCase("""{"weight_map": {"lm_head.weight": "absent.safetensors"}}""", "absent.safetensors")]
    [TestCase("""{"weight_map": {"other": "model-00001-of-00003.safetensors"}}""", "'other'", "model-00001-of-00003.safetensors")]
    public void A_wrong_list_says_what_is_wrong(string index, params string[] parts)
    {
        using var folder = new TestFolder();
        SmallModel.WriteHuggingFace(folder, ElementType.BFloat16, "model.safetensors", files: 3);
        folder.Write("model.safetensors.index.json", index);
        Refusal.Of(() => Checkpoint.Open(folder.Path), parts);
    }

    [Test]
    public void A_list_decides_which_copy_of_a_tensor_counts()
    {
        using var folder = new TestFolder();
        SmallModel.WriteHuggingFace(folder, ElementType.BFloat16, "model.safetensors", files: 3);
        List<TestTensor> tensors = SmallModel.HuggingFaceTensors(ElementType.BFloat16);
        var zeros = tensors[1] with { Data = new byte[tensors[1].Data.Length] };
        folder.Write(
            "model-00001-of-00003.safetensors", SafetensorsWriter.Write(tensors.Where((_, index) => index % 3 == 0).Append(zeros)));
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        SmallModel.AssertSame(checkpoint);
    }
}
