using Paged.Ilgpu.Config;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Weights;

namespace Paged.Ilgpu.Tests.Config;

public class ParamsJsonTests
{
    private const string Llama2Of7B =
        """{"dim": 4096, "multiple_of": 256, "n_heads": 32, "n_layers": 32, "norm_eps": 1e-05, "vocab_size": -1}""";

    private const string Llama1Of7B =
        """{"dim": 4096, "multiple_of": 256, "n_heads": 32, "n_layers": 32, "norm_eps": 1e-06, "vocab_size": -1}""";

    private const string CodeLlamaOf7B =
        """
        {"dim": 4096, "n_layers": 32, "n_heads": 32, "multiple_of": 256, "ffn_dim_multiplier": 1.0, "norm_eps": 1e-5, "rope_theta": 1000000}
        """;

    private const string Llama32Of1B =
        """
        {"dim": 2048, "n_layers": 16, "n_heads": 32, "n_kv_heads": 8, "vocab_size": 128256, "ffn_dim_multiplier": 1.5,
         "multiple_of": 256, "norm_eps": 1e-05, "rope_theta": 500000.0, "use_scaled_rope": true}
        """;

    private const string Llama3Of8B =
        """
        {"dim": 4096, "n_layers": 32, "n_heads": 32, "n_kv_heads": 8, "vocab_size": 128256, "multiple_of": 1024,
         "ffn_dim_multiplier": 1.3, "norm_eps": 1e-05, "rope_theta": 500000.0}
        """;

    private const string Llama3Of70B =
        """
        {"dim": 8192, "ffn_dim_multiplier": 1.3, "multiple_of": 4096, "n_heads": 64, "n_kv_heads": 8, "n_layers": 80,
         "norm_eps": 1e-05, "vocab_size": 128256, "rope_theta": 500000.0}
        """;

    private const string Llama31Of405B =
        """
        {"dim": 16384, "n_layers": 126, "n_heads": 128, "n_kv_heads": 8, "vocab_size": 128256, "ffn_dim_multiplier": 1.2,
         "multiple_of": 4096, "norm_eps": 1e-05, "rope_theta": 500000.0, "use_scaled_rope": true}
        """;

    [TestCase(Llama2Of7B, 11008, 6_738_415_616)]
    [TestCase(Llama3Of8B, 14336, 8_030_261_248)]
    [TestCase(Llama3Of70B, 28672, 70_553_706_496)]
    [TestCase(Llama31Of405B, 53248, 405_853_388_800)]
    public void published_releases_have_their_published_sizes(string json, int intermediateSize, long parameters)
    {
        LlamaConfig config = Read(json, vocabularySize: 32000);
        Assert.Multiple(() =>
        {
            Assert.That(config.IntermediateSize, Is.EqualTo(intermediateSize));
            Assert.That(ExpectedTensors.Of(config).Sum(tensor => (long)tensor.Rows * tensor.Columns), Is.EqualTo(parameters));
        });
    }

    [Test]
    public void what_is_left_out_takes_the_reference_models_value()
    {
        LlamaConfig config = Read("""{"dim": 64, "n_layers": 5, "n_heads": 8, "vocab_size": 512}""");
        Assert.That(config, Is.EqualTo(new LlamaConfig
        {
            HiddenSize = 64,
            IntermediateSize = 256, // 170, rounded up to a multiple of 256
            LayerCount = 5,
            HeadCount = 8,
            KeyValueHeadCount = 8,
            HeadDim = 8,
            VocabularySize = 512,
            MaxPositions = 4096,
            RmsNormEpsilon = 1e-5f,
            RopeTheta = 10000,
            TiedEmbedding = false,
        }));
    }

    [TestCase(Llama1Of7B, 2048)]
    [TestCase(Llama2Of7B, 4096)]
    [TestCase(CodeLlamaOf7B, 16384)]
    [TestCase(Llama3Of8B, 8192)]
    [TestCase(Llama31Of405B, 131072)]
    public void the_length_follows_the_release(string json, int positions) =>
        Assert.That(Read(json, vocabularySize: 32000).MaxPositions, Is.EqualTo(positions));

    [Test]
    public void scaled_rope_is_that_of_the_release_unless_the_file_says_otherwise()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Read(Llama31Of405B).RopeScaling, Is.EqualTo(new Llama3RopeScaling(8, 1, 4, 8192)));
            Assert.That(Read(Llama31Of405B.Replace("true", "true, \"rope_scaling_factor\": 32")).RopeScaling!.Factor, Is.EqualTo(32));
            Assert.That(Read(Llama32Of1B).RopeScaling, Is.EqualTo(new Llama3RopeScaling(32, 1, 4, 8192)), "3.2's small models");
            Assert.That(Read(Llama31Of405B.Replace("true", "false")).RopeScaling, Is.Null);
        });
    }

    [TestCase("-1")]
    [TestCase("null")]
    public void an_open_vocabulary_is_the_callers(string size)
    {
        string json = Llama2Of7B.Replace("-1", size);
        Assert.That(Read(json, vocabularySize: 77).VocabularySize, Is.EqualTo(77));
        Refusal.Of(() => Read(json), "vocab_size", "params.json");
    }

    [TestCase("\"dim\": 4096", "\"dim\": -4096", "'dim' to -4096")]
    [TestCase("\"dim\": 4096", "\"dim\": 4.5", "'dim' to 4.5")]
    [TestCase("\"dim\": 4096", "\"dim\": \"wide\"", "'dim' to 'wide'")]
    [TestCase("\"dim\": 4096", "\"dim\": 9223372036854775807", "'dim' to 9223372036854775807")]
    [TestCase("\"dim\": 4096, ", "", "no 'dim'")]
    [TestCase("\"n_heads\": 32", "\"n_heads\": 0", "'n_heads' to 0")]
    [TestCase("\"n_heads\": 32", "\"n_heads\": 33", "a number that divides 'dim'")]
    [TestCase("\"n_heads\": 32", "\"n_heads\": 4096", "heads of 1 elements")]
    [TestCase("\"n_kv_heads\": 8", "\"n_kv_heads\": 5", "32 query heads for 5")]
    [TestCase("\"n_layers\": 32", "\"n_layers\": 2000000000", "'n_layers' to 2000000000")]
    [TestCase("\"vocab_size\": 128256", "\"vocab_size\": 0", "'vocab_size' to 0")]
    [TestCase("\"ffn_dim_multiplier\": 1.3", "\"ffn_dim_multiplier\": 1e30", "feed-forward width")]
    [TestCase("\"ffn_dim_multiplier\": 1.3", "\"ffn_dim_multiplier\": 1e-30", "feed-forward width of 0")]
    [TestCase("\"norm_eps\": 1e-05", "\"norm_eps\": 0", "'norm_eps' to 0")]
    [TestCase("\"norm_eps\": 1e-05", "\"norm_eps\": 1", "epsilon of 1")]
    [TestCase("\"rope_theta\": 500000.0", "\"rope_theta\": 1e999", "rope_theta")]
    [TestCase("\"rope_theta\": 500000.0", "\"use_scaled_rope\": 1", "'use_scaled_rope' to 1")]
    [TestCase("\"rope_theta\": 500000.0", "\"quantization_args\": {\"group_size\": 32}", "'quantization_args'")]
    [TestCase("\"rope_theta\": 500000.0", "\"dim\": 64", "dim")]
    [TestCase("}", "", "not valid JSON")]
    public void a_wrong_value_is_named(string right, string wrong, string message)
    {
        string json = Llama3Of8B.Replace(right, wrong);
        Assert.That(json, Is.Not.EqualTo(Llama3Of8B));
        Refusal.Of(() => Read(json), "params.json", message);
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("{\"dim\": \"\\ud800\"}")]
    public void what_is_no_object_is_refused(string json) => Refusal.Of(() => Read(json), "params.json");

    [Test]
    public void a_missing_file_is_named() => Refusal.Of(() => ParamsJson.Read("absent/params.json"), "absent/params.json");

    private static LlamaConfig Read(string json, int? vocabularySize = null)
    {
        using var folder = new TestFolder();
        return ParamsJson.Read(folder.Write("params.json", json), vocabularySize);
    }
}
