using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Weights;

/// <summary>Biases in a Hugging Face checkpoint: those of queries and keys are in the order of their matrices' rows.</summary>
public class BiasTests
{
    private const string WithBiases = "\"attention_bias\": true, \"mlp_bias\": true, \"hidden_size\"";

    private static readonly (string Name, int Length)[] Biases =
    [
        ("self_attn.q_proj", 12), ("self_attn.k_proj", 4), ("self_attn.v_proj", 4), ("self_attn.o_proj", 12),
        ("mlp.gate_proj", 35), ("mlp.up_proj", 35), ("mlp.down_proj", 12),
    ];

    [Test]
    public void rows_of_queries_and_keys_are_interleaved_and_others_are_not()
    {
        using TestFolder folder = Write(TinyModel.ConfigJson.Replace("\"hidden_size\"", WithBiases), Biases);
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        Assert.Multiple(() =>
        {
            // Heads of four: pairs are elements 0 and 2, 1 and 3 in the file.
            Assert.That(Read(checkpoint, WeightNames.Query(1), 12), Is.EqualTo(new[] { 0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11 }));
            Assert.That(Read(checkpoint, WeightNames.Key(0), 4), Is.EqualTo(new[] { 0, 2, 1, 3 }));
            Assert.That(Read(checkpoint, WeightNames.Value(0), 4), Is.EqualTo(new[] { 0, 1, 2, 3 }));
            Assert.That(Read(checkpoint, WeightNames.Gate(1), 35), Is.EqualTo(Enumerable.Range(0, 35)));
        });
    }

    [Test]
    public void a_bias_that_only_one_of_configuration_and_files_speaks_of_is_refused()
    {
        using TestFolder silent = Write(TinyModel.ConfigJson, Biases);
        Refusal.Of(() => Checkpoint.Open(silent.Path), "bias", "'attention_bias'");
        using TestFolder missing = Write(TinyModel.ConfigJson.Replace("\"hidden_size\"", WithBiases), Biases[1..]);
        Refusal.Of(() => Checkpoint.Open(missing.Path), "'layers.0.query.bias'");
        using TestFolder wrong = Write(TinyModel.ConfigJson.Replace("\"hidden_size\"", WithBiases), [("self_attn.q_proj", 13), .. Biases[1..]]);
        Refusal.Of(() => Checkpoint.Open(wrong.Path), "q_proj.bias", "[13]");
    }

    private static int[] Read(Checkpoint checkpoint, string matrix, int rows) =>
        [.. checkpoint.Weights.GetTensor(WeightNames.BiasOf(matrix), rows, 1).ReadAll().Select(element => (int)element)];

    // Element i of each bias is i.
    private static TestFolder Write(string config, (string Name, int Length)[] biases)
    {
        var folder = new TestFolder();
        folder.Write("config.json", config);
        IEnumerable<TestTensor> more =
            from layer in (int[])[0, 1]
            from bias in biases
            let values = Enumerable.Range(0, bias.Length).Select(index => (float)index).ToArray()
            select TestTensor.Of($"model.layers.{layer}.{bias.Name}.bias", ElementType.BFloat16, [bias.Length], values);
        folder.Write("model.safetensors", SafetensorsWriter.Write(TinyModel.HuggingFaceTensors(ElementType.BFloat16).Concat(more)));
        return folder;
    }
}
