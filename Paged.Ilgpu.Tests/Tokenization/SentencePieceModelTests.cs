using System.Text.Json;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Tests.Tokenization;

/// <summary>The tokenizer of stories260K, 512 pieces, against ids that llama2.c gives.</summary>
internal sealed class SentencePieceModelTests
{
    private static readonly Lazy<ITokenizer> Stories = new(() => TokenizerFile.Open(SharedData.Path("stories260K/meta")));

    [Test]
    public void golden_prompts_encode_to_llama2_c_ids()
    {
        string[] lines = File.ReadAllLines(SharedData.Path("stories260K/golden_greedy.jsonl"));
        Assert.That(lines, Is.Not.Empty);
        foreach (string line in lines)
        {
            using var golden = JsonDocument.Parse(line);
            string prompt = golden.RootElement.GetProperty("prompt").GetString()!;
            int[] expected = [.. golden.RootElement.GetProperty("prompt_tokens").EnumerateArray().Select(id => id.GetInt32())];
            Assert.That(Stories.Value.Encode(prompt, addBeginOfText: true), Is.EqualTo(expected), prompt);
        }
    }

    [Test]
    public void an_empty_text_is_its_beginning_alone()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Stories.Value.Encode("", addBeginOfText: true), Is.EqualTo(new[] { 1 }));
            Assert.That(Stories.Value.Encode("", addBeginOfText: false), Is.Empty);
        });
    }

    [TestCase("a", "261")] // one piece with its space
    [TestCase("x", "410 444")]
    [TestCase("猫", "410 234 143 174")]
    public void a_single_character_is_encoded_too(string text, string expected) =>
        Assert.That(string.Join(' ', Stories.Value.Encode(text, addBeginOfText: false)), Is.EqualTo(expected));

    [Test]
    public void the_vocabulary_and_its_special_pieces_are_those_of_the_file()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Stories.Value.VocabularySize, Is.EqualTo(512));
            Assert.That(Stories.Value.BeginOfTextId, Is.EqualTo(1));
            Assert.That(Stories.Value.StopIds, Is.EqualTo(new[] { 2 }));
            Assert.That(Stories.Value.TryGetSpecialId("</s>", out int end) ? end : -1, Is.EqualTo(2));
            Assert.That(Stories.Value.TryGetSpecialId("<|eot_id|>", out _), Is.False);
        });
    }

    [Test]
    public void decoding_keeps_the_leading_space_of_a_continuation_and_leaves_special_pieces_out()
    {
        // llama2.c's ids of "Once upon a time", which SentencePiece begins with a space.
        Assert.That(Stories.Value.Decode([1, 403, 407, 261, 378, 2]), Is.EqualTo(" Once upon a time"));
    }

    [Test]
    public void byte_pieces_decode_to_their_bytes()
    {
        // Byte pieces begin at id 3, so that 13 is <0x0A>; the two others are half of a character of four bytes.
        Assert.Multiple(() =>
        {
            Assert.That(Stories.Value.Decode([13]), Is.EqualTo("\n"));
            Assert.That(Stories.Value.Decode([3 + 0xF0, 3 + 0x9F, 3 + 0xA6, 3 + 0x99]), Is.EqualTo("🦙"));
            Assert.That(Stories.Value.Decode([3 + 0xF0, 3 + 0x9F]), Is.EqualTo("\uFFFD"));
        });
    }

    [TestCase("</s>")]
    [TestCase("a<s>b")]
    public void special_pieces_in_a_text_are_text(string text)
    {
        int[] ids = Stories.Value.Encode(text, addBeginOfText: false);
        Assert.Multiple(() =>
        {
            Assert.That(ids, Has.All.GreaterThan(2));
            Assert.That(Stories.Value.Decode(ids), Is.EqualTo(" " + text));
        });
    }

    [Test]
    public void text_with_characters_beyond_the_pieces_comes_back()
    {
        const string Text = "Lily saw a 🦙.\nIt was größer than 猫 there";
        Assert.That(Stories.Value.Decode(Stories.Value.Encode(Text, addBeginOfText: true)), Is.EqualTo(" " + Text));
    }

    [Test]
    public void half_a_surrogate_pair_encodes_as_a_replacement_character()
    {
        int[] ids = Stories.Value.Encode("a\uD83Eb", addBeginOfText: false);
        Assert.That(Stories.Value.Decode(ids), Is.EqualTo(" a\uFFFDb"));
    }
}
