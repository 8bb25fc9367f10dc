using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Tests.Tokenization;

/// <summary>Right files of tokenizers, templates and defaults with a few things changed: each is refused in one sentence or can be used.</summary>
public class MutatedTokenizersTests
{
    private const int Seed = 20_261_126;
    private const string Text = "Hello the  world's 12345\n\n wörld 🦙 <|im_end|>";

    private static readonly string TokenizerConfig =
        $$"""
        {"bos_token": "<|im_start|>", "eos_token": {"content": "<|im_end|>", "special": true}, "add_bos_token": true,
         "chat_template": [{"name": "default", "template": {{JsonSerializer.Serialize(KnownChatTemplatesTests.ChatMl)}}}]}
        """;

    private const string Generation = """{"do_sample": true, "eos_token_id": [1, 2], "temperature": 0.6, "top_k": 50, "top_p": 0.9}""";

    [TestCase("tokenizer.json of Llama 3", true)]
    [TestCase("tokenizer.json of Llama 3", false)]
    [TestCase("tokenizer.json of SmolLM2", true)]
    [TestCase("tokenizer.json of Llama 2", true)]
    [TestCase("tokenizer_config.json", true)]
    [TestCase("generation_config.json", true)]
    [TestCase("tokenizer.model of stories260K", false)]
    [TestCase("tokenizer.model of tiktoken", false)]
    public void a_mutated_file_is_refused_or_used(string what, bool staysJson)
    {
        using var folder = new TestFolder();
        string name = what.Split(' ')[0];
        byte[] whole = Original(what);
        if (name != "tokenizer.model")
            SmallTokenizerJson.Write(folder.Path, SmallTokenizerJson.SmolLm2(), what.EndsWith("SmolLM2") || name != "tokenizer.json" ? TokenizerConfig : null);
        var random = new Random(Seed);
        int refused = 0;
        int used = 0;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Mutation.Duration;)
        {
            byte[] mutated = staysJson
                ? Encoding.UTF8.GetBytes(JsonMutation.Of(Encoding.UTF8.GetString(whole), random))
                : Mutation.Of(whole, 0, whole.Length, random);
            folder.Write(name, mutated);
            try
            {
                Use(folder.Path);
                used++;
            }
            catch (PagedException refusal)
            {
                Assert.That(refusal.Message, Does.Not.Contain("\n").And.Length.LessThan(700), refusal.Message);
                refused++;
            }
            catch (Exception fault) when (fault is not ResultStateException)
            {
                folder.Write("fault", mutated);
                Assert.Fail($"seed {Seed}, mutation {refused + used}: {fault}\n{(staysJson ? Encoding.UTF8.GetString(mutated)[..Math.Min(3000, mutated.Length)] : "")}");
            }
        }

        TestContext.Out.WriteLine($"seed {Seed}: {refused} refused, {used} used");
        Assert.That(refused, Is.GreaterThan(0));
    }

    [TestCase("tokenizer.json")]
    [TestCase("tokenizer_config.json")]
    [TestCase("generation_config.json")]
    public void deep_and_enormous_files_are_refused_at_once(string name)
    {
        using var folder = new TestFolder();
        SmallTokenizerJson.Write(folder.Path, SmallTokenizerJson.SmolLm2(), TokenizerConfig);
        folder.Write(name, $"{{\"a\": {new string('[', 100_000)}");
        Refusal.Of(() => Use(folder.Path), name, "not valid JSON");
        using (FileStream enormous = File.Create(folder[name]))
            enormous.SetLength(300L << 20); // a hole, which takes no room on the disk
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refusal.Of(() => Use(folder.Path), name, "bytes");
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(20 << 20));
    }

    [TestCase("\"▁ t\"", "\"▁t t\"", "merge 0")]
    [TestCase("\"<unk>\":0", "\"<unk>\":1", "have the id 1")]
    [TestCase("\"<unk>\":0", "\"<unk>\":9000000", "ids from")]
    [TestCase("\"<unk>\":0", "\"<unk>\":-1", "'<unk>'")]
    [TestCase("\"type\":\"BPE\"", "\"type\":\"Unigram\"", "'Unigram'")]
    [TestCase("\"type\":\"Prepend\"", "\"type\":\"NFKC\"", "'NFKC'")]
    [TestCase("\"pre_tokenizer\":null", "\"pre_tokenizer\":{\"type\":\"Whitespace\"}", "'Whitespace'")]
    [TestCase("\"pre_tokenizer\":null", "\"pre_tokenizer\":{\"type\":\"Split\",\"behavior\":\"Isolated\",\"pattern\":{\"Regex\":\"(\"}}", "'('")]
    [TestCase("\"pre_tokenizer\":null", "\"pre_tokenizer\":{\"type\":\"Split\",\"behavior\":\"Removed\",\"pattern\":{\"Regex\":\"a\"}}", "'Removed'")]
    [TestCase("\"dropout\":null", "\"dropout\":0.1", "'dropout' to '0.1'")]
    [TestCase("\"vocab\":{", "\"vocab\":{\"<unk>\":7,", "'<unk>'")]
    [TestCase("\"special\":true", "\"special\":\"yes\"", "'special' to 'yes'")]
    public void what_is_wrong_is_named(string right, string wrong, string message)
    {
        using var folder = new TestFolder();
        string json = SmallTokenizerJson.Llama2().ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        Assert.That(json, Does.Contain(right));
        folder.Write("tokenizer.json", json.Replace(right, wrong));
        Refusal.Of(() => TokenizerFile.Open(folder.Path), "tokenizer.json", message);
    }

    // An exponential pattern: 40 letters would take it days.
    [Test]
    public void a_pattern_that_takes_too_long_is_a_refusal()
    {
        using var folder = new TestFolder();
        System.Text.Json.Nodes.JsonObject file = SmallTokenizerJson.Llama2();
        file["pre_tokenizer"] = System.Text.Json.Nodes.JsonNode.Parse("""{"type": "Split", "behavior": "Isolated", "pattern": {"Regex": "(a+)+$"}}""");
        SmallTokenizerJson.Write(folder.Path, file);
        ITokenizer tokenizer = TokenizerFile.Open(folder.Path);
        Refusal.Of(() => tokenizer.Encode(new string('a', 40) + "b", addBeginOfText: false), "tokenizer.json", "seconds");
    }

    private static byte[] Original(string what) => what switch
    {
        "tokenizer.json of Llama 3" => Encoding.UTF8.GetBytes(SmallTokenizerJson.Llama3().ToJsonString()),
        "tokenizer.json of SmolLM2" => Encoding.UTF8.GetBytes(SmallTokenizerJson.SmolLm2().ToJsonString()),
        "tokenizer.json of Llama 2" => Encoding.UTF8.GetBytes(SmallTokenizerJson.Llama2().ToJsonString()),
        "tokenizer_config.json" => Encoding.UTF8.GetBytes(TokenizerConfig),
        "generation_config.json" => Encoding.UTF8.GetBytes(Generation),
        "tokenizer.model of tiktoken" => SmallVocabulary.Tiktoken("he", "llo"),
        _ => File.ReadAllBytes(SharedData.Path("stories260K/meta/tokenizer.model")),
    };

    private static void Use(string folder)
    {
        _ = GenerationConfigJson.Read(folder);
        ITokenizer tokenizer = TokenizerFile.Open(folder);
        int[] ids = tokenizer.Encode(Text, addBeginOfText: true);
        Assert.That(ids, Has.All.InRange(0, tokenizer.VocabularySize - 1));
        Assert.That(tokenizer.StopIds, Is.Not.Empty.And.All.InRange(0, tokenizer.VocabularySize - 1));
        Assert.That(tokenizer.BeginOfTextId, Is.InRange(0, tokenizer.VocabularySize - 1));
        Assert.That(tokenizer.Decode(ids), Is.Not.Null);
        _ = ChatFormat.For(ChatTemplateKind.Auto, folder, tokenizer);
    }
}
