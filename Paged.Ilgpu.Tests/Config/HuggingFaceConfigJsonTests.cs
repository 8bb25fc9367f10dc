using Paged.Ilgpu.Config;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Config;

public class HuggingFaceConfigJsonTests
{
    // Llama 3.2 1B Instruct's, as published.
    private const string Llama32 =
        """
        {"architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 128000,
         "eos_token_id": [128001, 128008, 128009], "head_dim": 64, "hidden_act": "silu", "hidden_size": 2048, "initializer_range": 0.02,
         "intermediate_size": 8192, "max_position_embeddings": 131072, "mlp_bias": false, "model_type": "llama",
         "num_attention_heads": 32, "num_hidden_layers": 16, "num_key_value_heads": 8, "pretraining_tp": 1, "rms_norm_eps": 1e-05,
         "rope_scaling": {"factor": 32.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0,
                          "original_max_position_embeddings": 8192, "rope_type": "llama3"},
         "rope_theta": 500000.0, "tie_word_embeddings": true, "torch_dtype": "bfloat16", "transformers_version": "4.45.0.dev0",
         "use_cache": true, "vocab_size": 128256}
        """;

    private const string RopeScalingKey = "\"rope_scaling\": {";

    [Test]
    public void a_published_file_is_read_whole()
    {
        ConfigFile config = Read(Llama32);
        Assert.Multiple(() =>
        {
            Assert.That(config.Model, Is.EqualTo(new LlamaConfig
            {
                HiddenSize = 2048,
                IntermediateSize = 8192,
                LayerCount = 16,
                HeadCount = 32,
                KeyValueHeadCount = 8,
                HeadDim = 64,
                VocabularySize = 128256,
                MaxPositions = 131072,
                RmsNormEpsilon = 1e-5f,
                RopeTheta = 500000,
                RopeScaling = new RopeScaling(32, 1, 4, 8192),
                TiedEmbedding = true,
            }));
            Assert.That(config.StoredType, Is.EqualTo(ElementType.BFloat16));
            Assert.That(config.BeginOfTextId, Is.EqualTo(128000));
            Assert.That(config.EndOfTextIds, Is.EqualTo(new[] { 128001, 128008, 128009 }));
        });
    }

    [Test]
    public void what_is_left_out_takes_the_value_of_transformers()
    {
        ConfigFile config = Read(
            """
            {"hidden_size": 64, "intermediate_size": 172, "num_attention_heads": 8, "num_hidden_layers": 5, "vocab_size": 512,
             "head_dim": null, "rope_scaling": null, "sliding_window": null, "some_future_key": null}
            """);
        Assert.Multiple(() =>
        {
            Assert.That(config.Model.KeyValueHeadCount, Is.EqualTo(8));
            Assert.That(config.Model.HeadDim, Is.EqualTo(8));
            Assert.That(config.Model.RmsNormEpsilon, Is.EqualTo(1e-6f));
            Assert.That(config.Model.RopeTheta, Is.EqualTo(10000));
            Assert.That(config.Model.RopeScaling, Is.Null);
            Assert.That(config.Model.TiedEmbedding, Is.False);
            Assert.That(config.StoredType, Is.Null);
            Assert.That(config.BeginOfTextId, Is.Null);
            Assert.That(config.EndOfTextIds, Is.Empty);
        });
    }

    [Test]
    public void newer_files_keep_the_rotary_values_in_one_object()
    {
        string newer = Llama32.Replace("\"rope_theta\": 500000.0,", string.Empty)
            .Replace(RopeScalingKey, "\"rope_parameters\": {\"rope_theta\": 500000.0, ")
            .Replace("torch_dtype", "dtype");
        Assert.That(Read(newer).Model, Is.EqualTo(Read(Llama32).Model));
        Assert.That(Read(newer).StoredType, Is.EqualTo(ElementType.BFloat16));
    }

    [Test]
    public void heads_may_be_wider_than_their_share_of_the_model() =>
        Assert.That(Read(Llama32.Replace("\"head_dim\": 64", "\"head_dim\": 128")).Model.HeadDim, Is.EqualTo(128));

    [TestCase("\"rope_type\": \"llama3\"", "\"rope_type\": \"yarn\"", "'rope_type' to 'yarn'")]
    [TestCase("\"rope_type\": \"llama3\"", "\"rope_type\": \"longrope\"", "'rope_type' to 'longrope'")]
    [TestCase("\"rope_type\": \"llama3\"", "\"type\": \"linear\"", "'linear'")]
    [TestCase("\"rope_type\": \"llama3\"", "\"rope_type\": \"llama3\", \"attention_factor\": 2", "'attention_factor' to 2")]
    [TestCase("\"factor\": 32.0, ", "", "no 'factor'")]
    [TestCase("\"factor\": 32.0", "\"factor\": 0.5", "factor 0.5")]
    [TestCase("\"low_freq_factor\": 1.0", "\"low_freq_factor\": 4.0", "low below high")]
    [TestCase(RopeScalingKey, "\"rope_parameters\": {\"rope_theta\": 10000, ", "'rope_theta' as 500000 and as 10000")]
    [TestCase(RopeScalingKey, "\"partial_rotary_factor\": 0.5, \"rope_scaling\": {", "'partial_rotary_factor' to 0.5")]
    [TestCase("\"silu\"", "\"gelu\"", "'hidden_act' to 'gelu'")]
    [TestCase("\"attention_bias\": false", "\"attention_bias\": true", "'attention_bias' to true")]
    [TestCase("\"mlp_bias\": false", "\"mlp_bias\": true", "'mlp_bias' to true")]
    [TestCase("\"mlp_bias\": false", "\"sliding_window\": 4096", "'sliding_window' to 4096")]
    [TestCase("\"mlp_bias\": false", "\"quantization_config\": {\"bits\": 4}", "'quantization_config'")]
    [TestCase("\"mlp_bias\": false", "\"logit_scale\": 0.25", "'logit_scale' to 0.25")]
    [TestCase("\"model_type\": \"llama\"", "\"model_type\": \"mixtral\"", "'model_type' to 'mixtral'")]
    [TestCase("LlamaForCausalLM", "LlamaForSequenceClassification", "'LlamaForSequenceClassification'")]
    [TestCase("\"bfloat16\"", "\"float8_e4m3fn\"", "'float8_e4m3fn'")]
    [TestCase("128009]", "-1]", "'eos_token_id'")]
    [TestCase("\"head_dim\": 64", "\"head_dim\": 63", "heads of 63")]
    [TestCase("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": \"yes\"", "'tie_word_embeddings' to 'yes'")]
    public void a_wrong_value_is_named(string right, string wrong, string message)
    {
        string json = Llama32.Replace(right, wrong);
        Assert.That(json, Is.Not.EqualTo(Llama32));
        Refusal.Of(() => Read(json), "config.json", message);
    }

    private static ConfigFile Read(string json)
    {
        using var folder = new TestFolder();
        return HuggingFaceConfigJson.Read(folder.Write("config.json", json));
    }
}
