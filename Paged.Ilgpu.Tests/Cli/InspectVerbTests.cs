using System.Text.Json;
using Paged.Ilgpu.Cli;
using Paged.Ilgpu.Tests.Cli.Support;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Tests.Tokenization;

namespace Paged.Ilgpu.Tests.Cli;

internal sealed class InspectVerbTests
{
    private const string GenerationConfig = """{"temperature": 0.6, "top_p": 0.9, "eos_token_id": [2, 3]}""";

    [Test]
    public void a_whole_checkpoint_is_described_and_nothing_refused()
    {
        using TestFolder folder = Whole();
        CliRun run = CliRun.Of("inspect", folder.Path);
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error + run.Output);
        Assert.Multiple(() =>
        {
            Assert.That(run.Output, Does.Match(@"form +Hugging Face\n"));
            Assert.That(run.Output, Does.Contain("2 layers, hidden 12, feed-forward 35, vocabulary 360"));
            Assert.That(run.Output, Does.Contain("3 heads of 4, 1 for keys and values"));
            Assert.That(run.Output, Does.Match(@"on a device +[\d.,]+ KiB in bfloat16, [\d.,]+ KiB with --quantization int8\n"));
            Assert.That(run.Output, Does.Match(@"tokenizer .*tokenizer.json, byte pairs, 287 ids"));
            Assert.That(run.Output, Does.Match(@"chat template +ChatML"));
            Assert.That(run.Output, Does.Contain("temperature 0.6, top-p 0.9"));
            Assert.That(run.Output, Does.Match(@"model\.layers\.\*\.mlp\.down_proj\.weight +2 +\[12, 35\] +BF16 +840 "));
            Assert.That(run.Output, Does.EndWith("Nothing would be refused.\n"));
        });
    }

    [Test]
    public void the_json_says_the_same()
    {
        using TestFolder folder = Whole();
        JsonElement json = JsonDocument.Parse(CliRun.Of("inspect", folder.Path, "--json").Output).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(json.GetProperty("form").GetString(), Is.EqualTo("Hugging Face"));
            Assert.That(json.GetProperty("model").GetProperty("hidden_size").GetInt32(), Is.EqualTo(12));
            Assert.That(json.GetProperty("parameters").GetInt64(), Is.EqualTo(json.GetProperty("bytes").GetInt64() / 2));
            Assert.That(json.GetProperty("device_bytes").GetInt64(), Is.EqualTo(json.GetProperty("bytes").GetInt64()));
            Assert.That(json.GetProperty("device_bytes_int8").GetInt64(), Is.LessThan(json.GetProperty("device_bytes").GetInt64()));
            Assert.That(json.GetProperty("tensors").GetArrayLength(), Is.EqualTo(12));
            Assert.That(json.GetProperty("tokenizer").GetProperty("vocabulary_size").GetInt32(), Is.EqualTo(287));
            Assert.That(json.GetProperty("generation").GetProperty("top_p").GetDouble(), Is.EqualTo(0.9));
            Assert.That(json.GetProperty("refusals").GetArrayLength(), Is.Zero);
        });
    }

    [Test]
    public void every_part_that_would_be_refused_is_named_beside_what_can_be_read()
    {
        using TestFolder folder = Whole();
        List<TestTensor> tensors = TinyModel.HuggingFaceTensors(ElementType.BFloat16);
        folder.Write("model.safetensors", SafetensorsWriter.Write(tensors.Append(TestTensor.Of("model.extra\\u001b[2J", ElementType.Float32, [3], [1, 2, 3]))));
        folder.Write("chat_template.jinja", "{{ messages }}");
        folder.Write("generation_config.json", """{"temperature": -1}""");
        CliRun run = CliRun.Of("inspect", folder.Path);
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Failure));
            Assert.That(run.Output, Does.Contain("hidden 12").And.Not.Contain("\u001b"));
            Assert.That(run.Output, Does.Match(@"model\.extra.* unknown\n"));
            Assert.That(run.Output, Does.Match(@"Refused: .*model\.extra.*not understood"));
            Assert.That(run.Output, Does.Match(@"Refused: .*chat_template.*not known"));
            Assert.That(run.Output, Does.Match(@"Refused: .*'temperature' to -1"));
        });
    }

    [Test]
    public void a_folder_without_weights_or_tokenizer_shows_its_configuration()
    {
        using var folder = new TestFolder();
        folder.Write("config.json", TinyModel.ConfigJson);
        CliRun run = CliRun.Of("inspect", folder.Path);
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Failure));
            Assert.That(run.Output, Does.Contain("hidden 12"));
            Assert.That(run.Output, Does.Match("Refused: .*no complete checkpoint").And.Match("Refused: .*no tokenizer.json"));
        });
    }

    [Test]
    public void a_tokenizer_larger_than_the_embedding_is_refused_as_run_refuses_it()
    {
        using TestFolder folder = Whole(vocabulary: 280);
        CliRun run = CliRun.Of("inspect", folder.Path);
        Assert.That(run.Output, Does.Contain("Refused: The tokenizer has 287 ids and the model's embedding 280 rows"));
        Assert.That(CliRun.Of("run", "--model", folder.Path, "--prompt", "a", "--device", "cpu").ExitCode, Is.EqualTo(CommandLine.Failure));
    }

    [TestCase("stories260K/meta")]
    [TestCase("stories260K/hf")]
    public void a_trained_checkpoint_is_refused_for_nothing(string name) =>
        Assert.That(CliRun.Of("inspect", SharedData.Path(name)).Output, Does.EndWith("Nothing would be refused.\n"));

    // A model of TinyModel's shape but for the vocabulary, with a small tokenizer and ChatML.
    private static TestFolder Whole(int vocabulary = 360)
    {
        var folder = new TestFolder();
        folder.Write("config.json", TinyModel.ConfigJson.Replace("\"vocab_size\": 9", $"\"vocab_size\": {vocabulary}"));
        folder.Write("model.safetensors", SafetensorsWriter.Write(TinyModel.HuggingFaceTensors(ElementType.BFloat16).Select(tensor =>
            tensor.Shape is [9, 12] ? TestTensor.Of(tensor.Name, ElementType.BFloat16, [vocabulary, 12], new float[vocabulary * 12]) : tensor)));
        folder.Write("generation_config.json", GenerationConfig);
        folder.Write("chat_template.jinja", KnownChatTemplatesTests.ChatMl);
        SmallTokenizerJson.Write(folder.Path, SmallTokenizerJson.SmolLm2());
        return folder;
    }
}
