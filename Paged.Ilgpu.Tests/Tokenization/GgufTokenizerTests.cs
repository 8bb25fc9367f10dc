using System.Text.Json.Nodes;
using Google.Protobuf;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Tests.Tokenization;

/// <summary>A tokenizer in a GGUF file gives the ids of the same one in its own form.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class GgufTokenizerTests
{
    private const int Seed = 21;
    private const string Name = "model.gguf";
    private static readonly string[] Words =
        ["the", "and the worlds", "Hello  the    lattice's 12345\n\niné", "😀🦙 x", "it's IT'S we'll", "𠮷𠮷a 𝟘1"];

    [TestCase("llama-bpe")]
    [TestCase("smollm")]
    public void Byte_pairs_are_those_of_tokenizer_json(string pre)
    {
        JsonObject json = pre == "smollm" ? SmallTokenizerJson.SmolLm2() : SmallTokenizerJson.Llama3();
        using var folder = new TestFolder();
        folder.Write("json/tokenizer.json", json.ToJsonString());
        folder.Write(Name, WriteBytePairs(json, pre));
        ITokenizer expected = TokenizerFile.Open(folder["json"]);
        ITokenizer found = TokenizerFile.Open(folder[Name]);
        Assert.Multiple(() =>
        {
            Assert.That(found.VocabularySize, Is.EqualTo(expected.VocabularySize));
            Assert.That(found.StopIds, Is.EquivalentTo(expected.StopIds));
            foreach (string text in Words.Concat(RandomTexts.Of(Seed, 200)))
            {
                int[] ids = expected.Encode(text, addBeginOfText: true);
                Assert.That(found.Encode(text, addBeginOfText: true), Is.EqualTo(ids), text);
                Assert.That(found.Decode(ids), Is.EqualTo(expected.Decode(ids)), text);
            }
        });
    }

    [Test]
    public void Sentence_pieces_are_those_of_tokenizer_model()
    {
        string folderOfModel = SharedData.Path("stories260K/meta");
        using var folder = new TestFolder();
        folder.Write(Name, WriteSentencePieces(ReadPieces(Path.Combine(folderOfModel, "tokenizer.model"))));
        ITokenizer expected = TokenizerFile.Open(folderOfModel);
        ITokenizer found = TokenizerFile.Open(folder.Path);
        Assert.Multiple(() =>
        {
            Assert.That((found.VocabularySize, found.BeginOfTextId), Is.EqualTo((512, 1)));
            Assert.That(found.StopIds, Is.EqualTo(expected.StopIds));
            Assert.That(found.TryGetSpecialId("</s>", out int end) ? end : -1, Is.EqualTo(2));
            foreach (string text in RandomTexts.OfWords(Seed, 200))
                Assert.That(found.Encode(text, addBeginOfText: true), Is.EqualTo(expected.Encode(text, addBeginOfText: true)), text);
            for (int id = 0; id < 512; id++)
                Assert.That(found.BytesOf(id).ToArray(), Is.EqualTo(expected.BytesOf(id).ToArray()), $"{id}");
        });
    }

    [Test]
    public void What_is_damaged_or_not_known_is_refused()
    {
        Refuses(new GgufWriter(), "'tokenizer.ggml.model'");
        Refuses(new GgufWriter().Text("tokenizer.ggml.model", "gpt2"), "'tokenizer.ggml.tokens'");
        Refuses(Pieces("bert"), "'bert'", "'llama' or 'gpt2'");
        Refuses(Pieces("llama"), "0 scores for 2 tokens");
        Refuses(Pieces("llama").Ints("tokenizer.ggml.token_type", 1), "1 types", "2 tokens");
        Refuses(Pieces("llama").Ints("tokenizer.ggml.token_type", 1, 7), "from 1 to 6");
        Refuses(Pieces("llama").Floats("tokenizer.ggml.scores", 0, 0).UInt32("tokenizer.ggml.bos_token_id", 2), "bos_token_id", "2 tokens");
        Refuses(Pieces("gpt2"), "'tokenizer.ggml.pre' to nothing");
        Refuses(Pieces("gpt2").Text("tokenizer.ggml.pre", "qwen2"), "'qwen2'", "'llama-bpe'");
        Refuses(Pieces("gpt2").Text("tokenizer.ggml.pre", "gpt-2"), "'tokenizer.ggml.merges'");
    }

    [Test]
    public void A_mutated_tokenizer_is_refused_or_read()
    {
        IEnumerable<(string, float, int)> bytes = Enumerable.Range(0, 256).Select(value => ($"<0x{value:X2}>", 0f, 6));
        (string, float, int)[] pieces =
            [("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3), .. bytes, ("▁", -1, 1), ("a", -2, 1), ("▁a", -3, 1)];
        byte[][] turns = [WriteSentencePieces(pieces), WriteBytePairs(SmallTokenizerJson.Llama3(), "llama-bpe")];
        using var folder = new TestFolder();
        var random = new Random(Seed);
        int refused = 0;
        int read = 0;
        foreach (int number in Mutation.Numbers())
        {
            byte[] whole = turns[number % turns.Length];
            folder.Write(Name, Mutation.Of(whole, 0, whole.Length, random));
            try
            {
                ITokenizer tokenizer = TokenizerFile.Open(folder.Path);
                _ = tokenizer.Decode(tokenizer.Encode("a text é 🦙 12", addBeginOfText: true));
                read++;
            }
            catch (PagedException refusal)
            {
                Assert.That(refusal.Message, Does.Not.Contain("\n").And.Length.LessThan(600), refusal.Message);
                refused++;
            }
            catch (Exception fault)
            {
                Assert.Fail($"seed {Seed}, mutation {number}: {fault}");
            }
        }

        TestContext.Out.WriteLine($"seed {Seed}: {refused} refused, {read} read");
        Assert.That(refused, Is.GreaterThan(10));
    }

    private static GgufWriter Pieces(string model) =>
        new GgufWriter().Text("tokenizer.ggml.model", model).Texts("tokenizer.ggml.tokens", "<s>", "a");

    /// <summary>Adds the metadata of a tokenizer of byte pairs.</summary>
    /// <param name="writer">What is there.</param>
    /// <param name="json">The tokenizer as tokenizer.json.</param>
    /// <param name="pre">llama.cpp's name for how it cuts texts.</param>
    internal static GgufWriter AddBytePairs(GgufWriter writer, JsonObject json, string pre)
    {
        var tokens = new SortedDictionary<int, (string Text, int Type)>();
        foreach ((string text, JsonNode? id) in json["model"]!["vocab"]!.AsObject())
            tokens[id!.GetValue<int>()] = (text, 1);
        foreach (JsonNode? added in json["added_tokens"]!.AsArray())
            tokens[added!["id"]!.GetValue<int>()] = (added["content"]!.GetValue<string>(), 3);
        string[] texts = [.. tokens.Values.Select(token => token.Text)];
        string[] merges = [.. json["model"]!["merges"]!.AsArray().Select(
            merge => merge is JsonArray pair ? $"{pair[0]!.GetValue<string>()} {pair[1]!.GetValue<string>()}" : merge!.GetValue<string>())];
        _ = writer
            .Text("tokenizer.ggml.model", "gpt2").Text("tokenizer.ggml.pre", pre)
            .Texts("tokenizer.ggml.tokens", texts).Ints("tokenizer.ggml.token_type", [.. tokens.Values.Select(token => token.Type)])
            .Texts("tokenizer.ggml.merges", merges);
        return pre == "llama-bpe"
            ? writer.UInt32("tokenizer.ggml.bos_token_id", (uint)Array.IndexOf(texts, "<|begin_of_text|>"))
            : writer;
    }

    private static byte[] WriteBytePairs(JsonObject json, string pre) => AddBytePairs(new GgufWriter(), json, pre).Finish();

    private static byte[] WriteSentencePieces((string Text, float Score, int Type)[] pieces) => new GgufWriter()
        .Text("tokenizer.ggml.model", "llama")
        .Texts("tokenizer.ggml.tokens", [.. pieces.Select(piece => piece.Text)])
        .Floats("tokenizer.ggml.scores", [.. pieces.Select(piece => piece.Score)])
        .Ints("tokenizer.ggml.token_type", [.. pieces.Select(piece => piece.Type)])
        .UInt32("tokenizer.ggml.bos_token_id", 1).UInt32("tokenizer.ggml.eos_token_id", 2).UInt32("tokenizer.ggml.unknown_token_id", 0)
        .Finish();

    // Fields 1, 2 and 3 of the pieces, which are field 1 of the model.
    private static (string Text, float Score, int Type)[] ReadPieces(string path)
    {
        var pieces = new List<(string, float, int)>();
        var stream = new CodedInputStream(File.ReadAllBytes(path));
        while (stream.ReadTag() is var tag and not 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) != 1)
            {
                stream.SkipLastField();
                continue;
            }

            CodedInputStream piece = stream.ReadBytes().CreateCodedInput();
            (string text, float score, int type) = ("", 0, 1);
            while (piece.ReadTag() is var field and not 0)
            {
                _ = WireFormat.GetTagFieldNumber(field) switch
                {
                    1 => text = piece.ReadString(),
                    2 => score = piece.ReadFloat(),
                    _ => (object)(type = piece.ReadEnum()),
                };
            }

            pieces.Add((text, score, type));
        }

        return [.. pieces];
    }

    private static void Refuses(GgufWriter writer, params string[] parts)
    {
        using var folder = new TestFolder();
        Refusal.Of(() => TokenizerFile.Open(folder.Write(Name, writer.Finish())), [Name, .. parts]);
    }
}
