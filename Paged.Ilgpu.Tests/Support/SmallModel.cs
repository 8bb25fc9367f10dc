using System.Text.Json;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Support;

/// <summary>
/// One random model in every form that a checkpoint comes in, one file or several: wide enough for blocks of 256, and even enough to
/// be shared out among four. Its values are exact in every type, unless they are quantized.
/// </summary>
internal static class SmallModel
{
    public const string ParamsJson =
        """
        {"dim": 256, "n_layers": 2, "n_heads": 8, "n_kv_heads": 4, "vocab_size": -1, "hidden_dim": 512, "norm_eps": 1e-5,
         "rope_theta": 10000, "max_seq_len": 128}
        """;

    public const string ConfigJson =
        """
        {"model_type": "llama", "hidden_size": 256, "num_hidden_layers": 2, "num_attention_heads": 8, "num_key_value_heads": 4,
         "vocab_size": 40, "intermediate_size": 512, "rms_norm_eps": 1e-5, "max_position_embeddings": 128}
        """;

    public static LlamaConfig Config { get; } = RandomLlama.Shape(
        headCount: 8, keyValueHeadCount: 4, headDim: 32, intermediateSize: 512, vocabularySize: 40, maxPositions: 128);

    /// <summary>The elements of a tensor by our name, row-major, as every form must give them.</summary>
    public static float[] Values(string name)
    {
        (_, int rows, int columns) = Shape(name);
        using var weights = new RandomWeights(Config, seed: 7);
        return weights.GetTensor(name, rows, columns).ReadAll();
    }

    /// <summary>All tensors by our names.</summary>
    public static IEnumerable<(string Name, int Rows, int Columns)> Tensors => ExpectedTensors.Of(Config);

    /// <summary>Writes params.json and consolidated.00.pth, .01, ... as Meta's model-parallel layers share tensors out.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="type">Of all tensors.</param>
    /// <param name="files">Number of files, 1 to 4.</param>
    /// <param name="embeddingByColumns">Whether the embedding is shared out as Llama 2's is; else as Llama 3's.</param>
    public static void WriteMeta(TestFolder folder, ElementType type, int files, bool embeddingByColumns)
    {
        folder.Write("params.json", ParamsJson);
        for (int file = 0; file < files; file++)
        {
            IEnumerable<TestTensor> tensors =
                from tensor in Tensors
                let part = Part(tensor.Name, Values(tensor.Name), tensor.Rows, tensor.Columns, file, files, embeddingByColumns)
                select Make(TinyModel.ToMeta(tensor.Name), type, part.Rows, part.Columns, part.Values);
            folder.Write($"consolidated.{file:D2}.pth", PthWriter.Write([.. tensors]));
        }
    }

    /// <summary>The tensors under Hugging Face's names, rows of queries and keys half-split.</summary>
    public static List<TestTensor> HuggingFaceTensors(ElementType type) =>
        [.. from tensor in Tensors
            let values = ToHalfSplit(tensor.Name, tensor.Columns, Config.HeadDim, Values(tensor.Name))
            select Make(TinyModel.ToHuggingFace(tensor.Name), type, tensor.Rows, tensor.Columns, values)];

    /// <summary>Writes config.json and the weights, in one file or in several with the list of them.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="type">Of all tensors.</param>
    /// <param name="stem">model.safetensors or pytorch_model.bin.</param>
    /// <param name="files">Number of files.</param>
    public static void WriteHuggingFace(TestFolder folder, ElementType type, string stem, int files)
    {
        folder.Write("config.json", ConfigJson);
        Func<List<TestTensor>, byte[]> write = stem.EndsWith(".bin", StringComparison.Ordinal)
            ? tensors => PthWriter.Write(tensors) : SafetensorsWriter.Write;
        List<TestTensor> tensors = HuggingFaceTensors(type);
        if (files == 1)
        {
            folder.Write(stem, write(tensors));
            return;
        }

        var fileNames = new Dictionary<string, string>();
        for (int file = 0; file < files; file++)
        {
            string name = $"{Path.GetFileNameWithoutExtension(stem)}-{file + 1:D5}-of-{files:D5}{Path.GetExtension(stem)}";
            List<TestTensor> part = [.. tensors.Where((_, index) => index % files == file)];
            folder.Write(name, write(part));
            part.ForEach(tensor => fileNames.Add(tensor.Name, name));
        }

        folder.Write(stem + ".index.json", JsonSerializer.Serialize(new { metadata = new { total_size = 1 }, weight_map = fileNames }));
    }

    /// <summary>Asserts that a checkpoint has this model's tensors, every bit of them.</summary>
    public static void AssertSame(Checkpoint checkpoint) => Assert.Multiple(() =>
    {
        Assert.That(checkpoint.Config, Is.EqualTo(Config));
        foreach ((string name, float[] values) in checkpoint.ReadAll())
            Assert.That(Bits(values), Is.EqualTo(Bits(Values(name))), name);
    });

    public static (string Name, int Rows, int Columns) Shape(string name) => Tensors.Single(tensor => tensor.Name == name);

    public static TestTensor Make(string name, ElementType type, int rows, int columns, float[] values) =>
        TestTensor.Of(name, type, rows == 1 ? [columns] : [rows, columns], values);

    private static (int Rows, int Columns, float[] Values) Part(
        string name, float[] values, int rows, int columns, int file, int files, bool embeddingByColumns)
    {
        bool byColumns = name.EndsWith("attention_output") || name.EndsWith("down") || (name == "embedding" && embeddingByColumns);
        if (name.EndsWith("norm"))
            return (rows, columns, values);
        if (!byColumns)
            return (rows / files, columns, [.. values.Chunk(rows / files * columns).ElementAt(file)]);
        IEnumerable<float[]> parts = values.Chunk(columns).Select(row => row.Chunk(columns / files).ElementAt(file));
        return (rows, columns / files, [.. parts.SelectMany(part => part)]);
    }

    /// <summary>The rows of queries and keys as Hugging Face has them: within a head all even rows, then all odd ones.</summary>
    public static float[] ToHalfSplit(string name, int columns, int headDim, float[] interleaved)
    {
        if (!name.EndsWith("query") && !name.EndsWith("key"))
            return interleaved;
        IEnumerable<float[]> heads = interleaved.Chunk(columns).Chunk(headDim)
            .SelectMany(head => head.Where((_, row) => row % 2 == 0).Concat(head.Where((_, row) => row % 2 == 1)));
        return [.. heads.SelectMany(row => row)];
    }

    private static uint[] Bits(float[] values) => Array.ConvertAll(values, BitConverter.SingleToUInt32Bits);
}
