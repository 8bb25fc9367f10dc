using System.Globalization;
using System.Text.Json.Nodes;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Tests.Tokenization;

/// <summary>
/// tokenizer.json in the forms that Llama releases have. The expected ids of the small vocabularies are those of Hugging Face's own
/// @huggingface/tokenizers 0.2.0, an implementation in JavaScript, on the files of <see cref="SmallTokenizerJson"/>.
/// </summary>
internal sealed class HuggingFaceTokenizerJsonTests
{
    private string _folder = "";

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("paged-tokenizer-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("hello", "282")]
    [TestCase("hello world and the worlds", "282 269 270 264 258 283")]
    [TestCase("Hello  the    lattice's 12345\n\niné", "72 101 266 111 32 258 272 32 32 108 271 116 105 99 101 274 32 276 52 53 278 259 279")]
    [TestCase("the\tthe\r\nthe 😀🦙 x", "277 9 277 13 10 277 32 280 152 128 281 153 32 120")]
    [TestCase("  the", "32 258")]
    [TestCase(" ", "32")]
    [TestCase("12 123 1234", "275 32 276 32 276 52")]
    [TestCase(" a\n b", "260 10 32 98")]
    [TestCase("it's IT'S we'll", "105 116 274 32 73 84 39 83 267 101 39 266")]
    [TestCase("𠮷𠮷a 𝟘1", "240 160 174 183 240 160 174 183 97 32 240 157 159 152 49")]
    [TestCase("▁the ▁", "226 150 129 277 32 226 150 129")]
    public void Llama_3s_form_gives_the_ids_of_Hugging_Face(string text, string expected) => Check(SmallTokenizerJson.Llama3(), text, expected);

    [TestCase("hello", "257 266 111")]
    [TestCase("hello world and the worlds", "257 266 111 269 270 264 258 269 270 115")]
    [TestCase("Hello  the    lattice's 12345\n\niné", "72 101 266 111 32 258 272 32 32 108 271 116 105 99 101 274 32 49 50 51 52 53 10 10 259 279")]
    [TestCase("the\tthe\r\nthe 😀🦙 x", "277 9 277 13 10 277 32 280 152 128 281 153 32 120")]
    [TestCase("  the", "32 258")]
    [TestCase(" ", "32")]
    [TestCase("12 123 1234", "49 50 32 49 50 51 32 49 50 51 52")]
    [TestCase(" a\n b", "260 10 32 98")]
    [TestCase("it's IT'S we'll", "105 116 274 32 73 84 39 83 267 101 39 266")]
    [TestCase("𠮷𠮷a 𝟘1", "240 160 174 183 240 160 174 183 97 32 240 157 159 152 49")]
    [TestCase("▁the ▁", "226 150 129 277 32 226 150 129")]
    public void SmolLM2s_form_gives_the_ids_of_Hugging_Face(string text, string expected) => Check(SmallTokenizerJson.SmolLm2(), text, expected);

    [TestCase("hello", "259 335 344 274")]
    [TestCase("hello world and the worlds", "259 335 344 274 347 348 342 336 347 348 278")]
    [TestCase("Hello  the    lattice's 12345\n\niné", "259 293 264 344 274 259 336 351 271 349 279 268 262 264 352 259 354 316 317 13 13 337 331")]
    [TestCase("the\tthe\r\nthe 😀🦙 x", "336 12 279 335 16 13 279 335 259 243 162 155 131 333 259 283")]
    [TestCase("  the", "350 336")]
    [TestCase(" ", "350")]
    [TestCase("12 123 1234", "259 353 259 354 259 354 316")]
    [TestCase(" a\n b", "259 338 13 259 261")]
    [TestCase("it's IT'S we'll", "259 268 279 352 259 294 305 322 304 345 264 322 344")]
    [TestCase("𠮷𠮷a 𝟘1", "259 243 163 177 186 243 163 177 186 260 259 243 160 162 155 313")]
    [TestCase("▁the ▁", "259 336 350")]
    public void Llama_2s_form_gives_the_ids_of_Hugging_Face(string text, string expected) => Check(SmallTokenizerJson.Llama2(), text, expected);

    [TestCase("hello", "259 335 344 274")]
    [TestCase("hello world and the worlds", "259 335 344 274 347 348 342 336 347 348 278")]
    [TestCase("Hello  the    lattice's 12345\n\niné", "259 293 264 344 274 259 336 351 271 349 279 268 262 264 352 259 354 316 317 13 13 337 331")]
    [TestCase("the\tthe\r\nthe 😀🦙 x", "336 12 279 335 16 13 279 335 259 243 162 155 131 333 259 283")]
    [TestCase("  the", "259 336")]
    [TestCase(" ", "259")]
    [TestCase("12 123 1234", "259 353 259 354 259 354 316")]
    [TestCase(" a\n b", "338 13 259 261")]
    [TestCase("it's IT'S we'll", "259 268 279 352 259 294 305 322 304 345 264 322 344")]
    [TestCase("𠮷𠮷a 𝟘1", "259 243 163 177 186 243 163 177 186 260 259 243 160 162 155 313")]
    [TestCase("▁the ▁", "336 350")]
    public void Spaces_marked_by_a_pre_tokenizer_give_the_ids_of_Hugging_Face(string text, string expected)
    {
        Check(SmallTokenizerJson.Llama2WithMetaspace("first"), text, expected);
        Check(SmallTokenizerJson.Llama2WithMetaspace("always"), text, expected);
    }

    [Test]
    public void After_a_control_token_only_a_text_that_is_always_marked_gets_a_mark()
    {
        ITokenizer first = Open(SmallTokenizerJson.Llama2WithMetaspace("first"));
        ITokenizer always = Open(SmallTokenizerJson.Llama2WithMetaspace("always"));
        ITokenizer never = Open(SmallTokenizerJson.Llama2WithMetaspace("never"));
        Assert.Multiple(() =>
        {
            Assert.That(Show(always.EncodeContinuation("the")), Is.EqualTo("336"));
            Assert.That(Show(first.EncodeContinuation("the")), Is.EqualTo("279 335"));
            Assert.That(Show(first.Encode("the", addBeginOfText: false)), Is.EqualTo("336"));
            Assert.That(Show(never.Encode("the", addBeginOfText: false)), Is.EqualTo("279 335"));
        });
    }

    [Test]
    public void A_text_begins_as_the_files_say()
    {
        const string Config = """{"bos_token": "<|im_start|>", "eos_token": {"content": "<|im_end|>"}, "add_bos_token": true}""";
        ITokenizer llama3 = Open(SmallTokenizerJson.Llama3());
        ITokenizer smol = Open(SmallTokenizerJson.SmolLm2());
        ITokenizer told = Open(SmallTokenizerJson.SmolLm2(), Config);
        ITokenizer untold = Open(SmallTokenizerJson.Llama3(), """{"add_bos_token": false}""");
        Assert.Multiple(() =>
        {
            Assert.That(Show(llama3.Encode("the", addBeginOfText: true)), Is.EqualTo("284 277"));
            Assert.That(Show(llama3.Encode("the", addBeginOfText: false)), Is.EqualTo("277"));
            Assert.That(Show(smol.Encode("the", addBeginOfText: true)), Is.EqualTo("277"));
            Assert.That(smol.Encode("", addBeginOfText: true), Is.EqualTo(smol.StopIds.Take(1)), "a prompt has at least one token");
            Assert.That(Show(told.Encode("the", addBeginOfText: true)), Is.EqualTo($"{IdOf(told, "<|im_start|>")} 277"));
            Assert.That(told.StopIds, Does.Contain(IdOf(told, "<|im_end|>")).And.Contain(IdOf(told, "<|endoftext|>")));
            Assert.That(Show(untold.Encode("the", addBeginOfText: true)), Is.EqualTo("277"));
        });
    }

    [TestCase("<|im_end|>")]
    [TestCase("the <|im_start|>user")]
    public void Control_tokens_in_a_text_are_text(string text)
    {
        ITokenizer tokenizer = Open(SmallTokenizerJson.SmolLm2());
        int[] ids = tokenizer.Encode(text, addBeginOfText: false);
        Assert.That(ids, Has.All.LessThan(IdOf(tokenizer, "<|endoftext|>")));
        Assert.That(tokenizer.Decode(ids), Is.EqualTo(text));
    }

    [Test]
    public void Added_tokens_that_do_not_steer_are_found_in_a_text()
    {
        JsonObject file = SmallTokenizerJson.SmolLm2();
        file["added_tokens"]!.AsArray().Add(JsonNode.Parse("""{"id": 287, "content": "the the", "special": false}"""));
        file["added_tokens"]!.AsArray().Add(JsonNode.Parse("""{"id": 288, "content": "<|new|>", "special": false}"""));
        ITokenizer tokenizer = Open(file);
        Assert.Multiple(() =>
        {
            Assert.That(Show(tokenizer.Encode("the the the", addBeginOfText: false)), Is.EqualTo("287 258"));
            Assert.That(tokenizer.Decode([287]), Is.EqualTo("the the"));
            Assert.That(tokenizer.Encode("<|new|>", addBeginOfText: false), Has.Length.GreaterThan(1));
            Assert.That(IdOf(tokenizer, "<|new|>"), Is.EqualTo(288));
        });
    }

    [Test]
    public void Every_text_comes_back([Values] bool isLlama2)
    {
        ITokenizer tokenizer = Open(isLlama2 ? SmallTokenizerJson.Llama2() : SmallTokenizerJson.Llama3());
        const string Text = "Hello  the\u00a0\t\r\n 12345 größer than 猫 🦙 𠮷 \u0000 don't";
        Assert.That(tokenizer.Decode(tokenizer.Encode(Text, addBeginOfText: true)), Is.EqualTo(isLlama2 ? " " + Text : Text));
    }

    [Test]
    public void Half_a_surrogate_pair_encodes_as_a_replacement_character()
    {
        ITokenizer tokenizer = Open(SmallTokenizerJson.Llama3());
        Assert.That(tokenizer.Decode(tokenizer.Encode("a\uD83Eb", addBeginOfText: false)), Is.EqualTo("a\uFFFDb"));
    }

    // Each as one long piece: words of letters, and characters that no token has.
    [TestCase("the", 30_000)]
    [TestCase("猫", 100_000)]
    [TestCase("🦙", 50_000)]
    [TestCase("a", 100_000)]
    [CancelAfter(20_000)]
    public void Long_texts_take_time_in_proportion(string unit, int count)
    {
        string text = string.Concat(Enumerable.Repeat(unit, count));
        foreach (JsonObject file in (JsonObject[])[SmallTokenizerJson.Llama2(), SmallTokenizerJson.Llama3()])
        {
            ITokenizer tokenizer = Open(file);
            Assert.That(tokenizer.Decode(tokenizer.Encode(text, addBeginOfText: false)).TrimStart(), Is.EqualTo(text));
        }
    }

    [Test]
    public void Llama_3s_own_vocabulary_as_tokenizer_json_gives_llama_cpps_ids()
    {
        SmallTokenizerJson.Write(_folder, TokenizerJsonOf.Tiktoken(SharedData.Path("llama3-tokenizer/tokenizer.model"), SmallTokenizerJson.Llama3()));
        ITokenizer tokenizer = TokenizerFile.Open(_folder);
        ITokenizer tiktoken = TokenizerFile.Open(SharedData.Path("llama3-tokenizer"));
        string[] texts = File.ReadAllText(SharedData.Path("llama3-tokenizer/vectors.inp")).Split("\n__ggml_vocab_test__\n");
        string[] expected = File.ReadAllLines(SharedData.Path("llama3-tokenizer/vectors.out"));
        Assert.Multiple(() =>
        {
            for (int i = 0; i < expected.Length; i++)
                Assert.That(Show(tokenizer.Encode(texts[i], addBeginOfText: false)), Is.EqualTo(expected[i].Trim()), $"vector {i}");
            Assert.That(tokenizer.BeginOfTextId, Is.EqualTo(tiktoken.BeginOfTextId));
            Assert.That(tokenizer.VocabularySize, Is.EqualTo(tiktoken.VocabularySize));
            Assert.That(tokenizer.StopIds, Is.EquivalentTo(tiktoken.StopIds));
            foreach (string text in RandomTexts.Of(seed: 20_261_123, count: 300))
                Assert.That(tokenizer.Encode(text, addBeginOfText: true), Is.EqualTo(tiktoken.Encode(text, addBeginOfText: true)), text);
        });
    }

    [Test]
    public void A_SentencePiece_vocabulary_as_tokenizer_json_gives_the_same_ids()
    {
        SmallTokenizerJson.Write(_folder, TokenizerJsonOf.SentencePiece(SharedData.Path("stories260K/meta/tokenizer.model"), SmallTokenizerJson.Llama2()));
        ITokenizer tokenizer = TokenizerFile.Open(_folder);
        ITokenizer sentencePiece = TokenizerFile.Open(SharedData.Path("stories260K/meta"));
        Assert.Multiple(() =>
        {
            Assert.That(tokenizer.VocabularySize, Is.EqualTo(sentencePiece.VocabularySize));

            // This model has SentencePiece drop superfluous space, as Llama 2's does not.
            foreach (string text in RandomTexts.OfWords(seed: 20_261_123, count: 500).Append("Once upon a time, there was a little girl named Lily."))
                Assert.That(tokenizer.Encode(text, addBeginOfText: true), Is.EqualTo(sentencePiece.Encode(text, addBeginOfText: true)), text);
            for (int id = 0; id < tokenizer.VocabularySize; id++)
                Assert.That(tokenizer.BytesOf(id).ToArray(), Is.EqualTo(sentencePiece.BytesOf(id).ToArray()), $"id {id}");
        });
    }

    private static string Show(IEnumerable<int> ids) => string.Join(' ', ids);

    private static int IdOf(ITokenizer tokenizer, string token) => tokenizer.TryGetSpecialId(token, out int id) ? id : -1;

    private ITokenizer Open(JsonObject file, string? config = null)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, Path.GetRandomFileName())).FullName;
        SmallTokenizerJson.Write(folder, file, config);
        return TokenizerFile.Open(folder);
    }

    private void Check(JsonObject file, string text, string expected)
    {
        ITokenizer tokenizer = Open(file);
        Assert.That(Show(tokenizer.Encode(text, addBeginOfText: false)), Is.EqualTo(expected));
        Assert.That(expected.Split(' ').Sum(id => tokenizer.BytesOf(int.Parse(id, CultureInfo.InvariantCulture)).Length), Is.GreaterThan(0));
    }
}
