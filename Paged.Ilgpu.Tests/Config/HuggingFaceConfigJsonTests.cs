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
                RopeScaling = new Llama3RopeScaling(32, 1, 4, 8192),
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

    [TestCase("\"rope_type\": \"llama3\"", "\"rope_type\": \"yarn\"", "'high_freq_factor' to 4")]
    [TestCase("\"rope_type\": \"llama3\"", "\"rope_type\": \"longrope\"", "'rope_type' to 'longrope'")]
    [TestCase("\"rope_type\": \"llama3\"", "\"type\": \"linear\"", "'high_freq_factor' to 4")]
    [TestCase("\"rope_type\": \"llama3\"", "\"rope_type\": \"llama3\", \"attention_factor\": 2", "'attention_factor' to 2")]
    [TestCase("\"factor\": 32.0, ", "", "no 'factor'")]
    [TestCase("\"factor\": 32.0", "\"factor\": 0.5", "factor 0.5")]
    [TestCase("\"factor\": 32.0", "\"factor\": 1e300", "factor 1E+300")]
    [TestCase("\"low_freq_factor\": 1.0", "\"low_freq_factor\": 4.0", "low below high")]
    [TestCase(RopeScalingKey, "\"rope_parameters\": {\"rope_theta\": 10000, ", "'rope_theta' as 500000 and as 10000")]
    [TestCase(RopeScalingKey, "\"partial_rotary_factor\": 0.5, \"rope_scaling\": {", "'partial_rotary_factor' to 0.5")]
    [TestCase("\"silu\"", "\"gelu\"", "'hidden_act' to 'gelu'")]
    [TestCase("\"attention_bias\": false", "\"attention_bias\": 1", "'attention_bias' to 1")]
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

    [TestCase("{\"type\": \"linear\", \"factor\": 4.0}", 16384)]
    [TestCase("{\"rope_type\": \"dynamic\", \"factor\": 2}", 8192)]
    [TestCase("{\"rope_type\": \"yarn\", \"factor\": 16.0, \"original_max_position_embeddings\": 2048, \"finetuned\": true}", 32768)]
    [TestCase("{\"rope_type\": \"yarn\", \"factor\": 16.0}", 65536)]
    [TestCase("{\"rope_type\": \"default\"}", 4096)]
    public void a_scaling_stretches_the_length_as_in_vLLM(string scaling, int positions) =>
        Assert.That(Read(Scaled(scaling)).Model.MaxPositions, Is.EqualTo(positions));

    [Test]
    public void each_scaling_is_read_with_its_own_keys()
    {
        Assert.Multiple(() =>
        {
            Assert.That(
                Read(Scaled("""{"type": "linear", "factor": 4.0}""")).Model.RopeScaling, Is.EqualTo(new LinearRopeScaling(4)));
            Assert.That(
                Read(Scaled("""{"type": "dynamic", "factor": 2.0}""")).Model.RopeScaling, Is.EqualTo(new DynamicRopeScaling(2)));
            Assert.That(
                Read(Scaled("""{"rope_type": "yarn", "factor": 16, "original_max_position_embeddings": 2048}""")).Model.RopeScaling,
                Is.EqualTo(new YarnRopeScaling(16, 2048, 32, 1, 1 + 0.1 * Math.Log(16))));
            Assert.That(
                Read(Scaled(
                    """
                    {"rope_type": "yarn", "factor": 16, "beta_fast": 16, "beta_slow": 2, "attention_factor": 1.5, "truncate": false}
                    """)).Model.RopeScaling,
                Is.EqualTo(new YarnRopeScaling(16, 4096, 16, 2, 1.5, RoundsRamp: false)));
            Assert.That(
                Read(Scaled("""{"rope_type": "yarn", "factor": 16, "mscale": 1, "mscale_all_dim": 1}""")).Model.RopeScaling,
                Is.EqualTo(new YarnRopeScaling(16, 4096, 32, 1, 1)));
        });
    }

    [Test]
    public void biases_are_those_of_the_file()
    {
        LlamaConfig model = Read(Llama32.Replace("\"attention_bias\": false", "\"attention_bias\": true")).Model;
        Assert.That((model.AttentionBias, model.FeedForwardBias), Is.EqualTo((true, false)));
        model = Read(Llama32.Replace("\"mlp_bias\": false", "\"mlp_bias\": true")).Model;
        Assert.That((model.AttentionBias, model.FeedForwardBias), Is.EqualTo((false, true)));
    }

    [TestCase("\"sliding_window\": 131072")]
    [TestCase("\"sliding_window\": 4096, \"use_sliding_window\": false")]
    public void a_window_that_cuts_nothing_off_is_no_window(string window) =>
        Assert.That(Read(Llama32.Replace("\"mlp_bias\": false", window)).Model, Is.EqualTo(Read(Llama32).Model));

    // Mistral 7B Instruct v0.3's, as published.
    private const string Mistral03 =
        """
        {"architectures": ["MistralForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu",
         "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 14336, "max_position_embeddings": 32768,
         "model_type": "mistral", "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8, "rms_norm_eps": 1e-05,
         "rope_theta": 1000000.0, "sliding_window": null, "tie_word_embeddings": false, "torch_dtype": "bfloat16",
         "transformers_version": "4.42.0.dev0", "use_cache": true, "vocab_size": 32768}
        """;

    [Test]
    public void Mistral_without_a_window_is_a_Llama()
    {
        LlamaConfig model = Read(Mistral03).Model;
        Assert.That((model.KeyValueHeadCount, model.HeadDim, model.RopeTheta, model.MaxPositions), Is.EqualTo((8, 128, 1e6, 32768)));
    }

    [TestCase("\"sliding_window\": null", "\"sliding_window\": 4096")]
    [TestCase("\"sliding_window\": null, ", "")]
    public void Mistral_with_a_window_is_refused(string right, string wrong) =>
        Refusal.Of(() => Read(Mistral03.Replace(right, wrong)), "'sliding_window' to 4096", "32768");

    private static string Scaled(string scaling) =>
        $$"""
        {"hidden_size": 64, "intermediate_size": 172, "num_attention_heads": 8, "num_hidden_layers": 5, "vocab_size": 512,
         "max_position_embeddings": 4096, "rope_scaling": {{scaling}}}
        """;

    private static ConfigFile Read(string json)
    {
        using var folder = new TestFolder();
        return HuggingFaceConfigJson.Read(folder.Write("config.json", json));
    }
}
