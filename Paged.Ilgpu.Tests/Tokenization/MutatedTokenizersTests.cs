using System.Text;
using System.Text.Json;
using Paged.Ilgpu.Config;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Tests.Tokenization;

/// <summary>Right files of tokenizers, templates and defaults with a few things changed: each is refused in one sentence or can be used.</summary>
[Parallelizable(ParallelScope.All)]
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

    // The kinds of files take turns; what is marked as bytes need not stay JSON.
    [TestCase("tokenizer.json of Llama 3", "tokenizer.json of Llama 3 as bytes", "tokenizer.json of SmolLM2", "tokenizer.json of Llama 2")]
    [TestCase("tokenizer_config.json", "generation_config.json")]
    [TestCase("tokenizer.model of stories260K as bytes")]
    [TestCase("tokenizer.model of tiktoken as bytes")]
    public void a_mutated_file_is_refused_or_used(params string[] kinds)
    {
        (string Kind, byte[] Whole, TestFolder Folder)[] turns = [.. kinds.Select(kind => (kind, Original(kind), FolderFor(kind)))];
        var random = new Random(Seed);
        int refused = 0;
        int used = 0;
        foreach (int number in Mutation.Numbers())
        {
            (string kind, byte[] whole, TestFolder folder) = turns[number % turns.Length];
            string name = kind.Split(' ')[0];
            bool staysJson = !kind.EndsWith("as bytes", StringComparison.Ordinal);
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
                Assert.Fail($"{kind}, seed {Seed}, mutation {number}: {fault}\n{(staysJson ? Encoding.UTF8.GetString(mutated)[..Math.Min(3000, mutated.Length)] : "")}");
            }
        }

        foreach ((_, _, TestFolder folder) in turns)
            folder.Dispose();
        TestContext.Out.WriteLine($"{kinds[0]}, seed {Seed}: {refused} refused, {used} used");
        Assert.That(refused, Is.GreaterThan(0));
    }

    private static TestFolder FolderFor(string kind)
    {
        var folder = new TestFolder();
        bool hasConfig = kind.Contains("SmolLM2") || !kind.StartsWith("tokenizer.json");
        if (!kind.StartsWith("tokenizer.model"))
            SmallTokenizerJson.Write(folder.Path, SmallTokenizerJson.SmolLm2(), hasConfig ? TokenizerConfig : null);
        return folder;
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

    private static byte[] Original(string kind) => kind.Replace(" as bytes", "") switch
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
