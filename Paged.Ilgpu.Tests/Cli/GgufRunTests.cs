using System.Text.Json;
using System.Text.Json.Nodes;
using Paged.Ilgpu.Cli;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Tests.Cli.Support;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Tests.Tokenization;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Cli;

/// <summary>The program on one model as a GGUF file, which has all in one, and as a folder of config.json, tokenizer.json and model.safetensors.</summary>
internal sealed class GgufRunTests
{
    private const int Seed = 12;

    [Test]
    public void a_gguf_file_answers_as_the_same_model_in_safetensors_does([Values] ElementType stored, [Values("none", "int8")] string quantization)
    {
        JsonObject tokenizer = SmallTokenizerJson.Llama3();
        int vocabulary = tokenizer["model"]!["vocab"]!.AsObject().Count;
        LlamaConfig config = RandomLlama.Shape(headDim: 16, intermediateSize: 96, vocabularySize: vocabulary, maxPositions: 64);
        using IWeightSource weights = RandomLlama.Weights(config, Seed, stored);
        using var folder = new TestFolder();
        WriteHuggingFace(folder, config, weights, stored, tokenizer);
        string gguf = WriteGguf(folder, config, weights, stored, tokenizer);
        string prompts = folder.Write("prompts.txt", "Hello the world\nand on the\n12345 é");
        string[] expected = Answers(folder, prompts, folder["hf"], quantization);
        Assert.That(expected, Has.Length.EqualTo(3).And.Unique);
        Assert.That(Answers(folder, prompts, gguf, quantization), Is.EqualTo(expected), $"seed {Seed}");
    }

    private static string[] Answers(TestFolder folder, string prompts, string model, string quantization)
    {
        string answers = folder[$"answers-{Path.GetFileName(model)}.jsonl"];
        CliRun run = CliRun.Of(
            "run", "-i", prompts, "-o", answers, "--model", model, "--device", "cpu", "--max-tokens", "12", "--ignore-eos", "--return-token-ids",
            "--kv-cache-memory", "4MiB", "--quantization", quantization);
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        return [.. BatchFiles.ReadLines(answers).Select(line => line.Body().GetProperty("choices").GetRawText())];
    }

    private static void WriteHuggingFace(TestFolder folder, LlamaConfig config, IWeightSource weights, ElementType stored, JsonObject tokenizer)
    {
        folder.Write("hf/config.json", JsonSerializer.Serialize(new
        {
            model_type = "llama",
            hidden_size = config.HiddenSize,
            num_hidden_layers = config.LayerCount,
            num_attention_heads = config.HeadCount,
            num_key_value_heads = config.KeyValueHeadCount,
            head_dim = config.HeadDim,
            vocab_size = config.VocabularySize,
            intermediate_size = config.IntermediateSize,
            rms_norm_eps = 1e-5,
            max_position_embeddings = config.MaxPositions,
        }));
        SmallTokenizerJson.Write(folder["hf"], tokenizer);
        folder.Write("hf/model.safetensors", SafetensorsWriter.Write([.. ExpectedTensors.Of(config).Select(tensor => SmallModel.Make(
            TinyModel.ToHuggingFace(tensor.Name),
            stored,
            tensor.Rows,
            tensor.Columns,
            SmallModel.ToHalfSplit(tensor.Name, tensor.Columns, config.HeadDim, ReadAll(weights, tensor.Name, tensor.Rows, tensor.Columns))))]));
    }

    private static string WriteGguf(TestFolder folder, LlamaConfig config, IWeightSource weights, ElementType stored, JsonObject tokenizer)
    {
        GgufWriter writer = GgufTokenizerTests.AddBytePairs(SmallGguf.Model(new GgufWriter(), config), tokenizer, "llama-bpe");
        foreach ((string name, int rows, int columns) in ExpectedTensors.Of(config))
        {
            TestTensor tensor = SmallModel.Make(
                SmallGguf.Rename(name), rows == 1 ? ElementType.Float32 : stored, rows, columns, ReadAll(weights, name, rows, columns));
            writer.Tensor(tensor.Name, SmallGguf.NumberOf(tensor.Type), tensor.Shape, tensor.Data);
        }

        return folder.Write("model.gguf", writer.Finish());
    }

    private static float[] ReadAll(IWeightSource weights, string name, int rows, int columns)
    {
        var elements = new float[rows * columns];
        for (int row = 0; row < rows; row++)
            weights.GetTensor(name, rows, columns).ReadRow(row, elements.AsSpan(row * columns, columns));
        return elements;
    }
}
