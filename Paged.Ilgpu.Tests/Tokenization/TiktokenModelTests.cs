using System.Globalization;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Tests.Tokenization;

/// <summary>Llama 3's own tokenizer file, against ids that llama.cpp gives.</summary>
internal sealed class TiktokenModelTests
{
    private static readonly Lazy<ITokenizer> Llama3 = new(() => TokenizerFile.Open(SharedData.Path("llama3-tokenizer")));

    [Test]
    public void all_vectors_of_llama_cpp_encode_to_its_ids()
    {
        string[] texts = File.ReadAllText(SharedData.Path("llama3-tokenizer/vectors.inp")).Split("\n__ggml_vocab_test__\n");
        string[] expected = File.ReadAllLines(SharedData.Path("llama3-tokenizer/vectors.out"));
        Assert.That(expected, Has.Length.EqualTo(46));
        Assert.Multiple(() =>
        {
            for (int i = 0; i < expected.Length; i++)
            {
                int[] ids = [.. expected[i].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))];
                Assert.That(Llama3.Value.Encode(texts[i], addBeginOfText: false), Is.EqualTo(ids), $"vector {i}");
                Assert.That(Llama3.Value.Decode(ids), Is.EqualTo(texts[i]), $"vector {i}");
            }
        });
    }

    [Test]
    public void special_tokens_lie_where_the_release_has_them()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Llama3.Value.VocabularySize, Is.EqualTo(128_256));
            Assert.That(Llama3.Value.BeginOfTextId, Is.EqualTo(128_000));
            Assert.That(Llama3.Value.StopIds, Is.EqualTo(new[] { 128_001, 128_009 }));
            Assert.That(IdOf("<|start_header_id|>"), Is.EqualTo(128_006));
            Assert.That(IdOf("<|end_header_id|>"), Is.EqualTo(128_007));
            Assert.That(IdOf("<|eom_id|>"), Is.EqualTo(128_008));
            Assert.That(IdOf("<|eot_id|>"), Is.EqualTo(128_009));
            Assert.That(IdOf("<|reserved_special_token_247|>"), Is.EqualTo(128_255));
            Assert.That(Llama3.Value.TryGetSpecialId("hello", out _), Is.False);
        });
    }

    [TestCase("<|eot_id|>")]
    [TestCase("ends<|end_of_text|>here")]
    public void special_tokens_in_a_text_are_text(string text)
    {
        int[] ids = Llama3.Value.Encode(text, addBeginOfText: false);
        Assert.Multiple(() =>
        {
            Assert.That(ids, Has.All.LessThan(128_000));
            Assert.That(Llama3.Value.Decode(ids), Is.EqualTo(text));
        });
    }

    [Test]
    public void an_empty_text_is_its_beginning_alone()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Llama3.Value.Encode("", addBeginOfText: true), Is.EqualTo(new[] { 128_000 }));
            Assert.That(Llama3.Value.Encode("", addBeginOfText: false), Is.Empty);
        });
    }

    [Test]
    public void decoding_leaves_special_tokens_out_and_keeps_the_leading_space()
    {
        int[] ids = [128_000, .. Llama3.Value.Encode(" Hello world", addBeginOfText: false), 128_009];
        Assert.That(Llama3.Value.Decode(ids), Is.EqualTo(" Hello world"));
    }

    [Test]
    public void bytes_that_are_no_utf8_decode_to_replacement_characters()
    {
        int[] ids = Llama3.Value.Encode("🦙", addBeginOfText: false);
        Assert.That(ids, Has.Length.GreaterThan(1), "the character must be spread over several ids for this test");
        Assert.That(Llama3.Value.Decode(ids.AsSpan(0, 1)), Is.EqualTo("\uFFFD"));
    }

    [Test]
    public void half_a_surrogate_pair_encodes_as_a_replacement_character()
    {
        int[] ids = Llama3.Value.Encode("a\uD83Eb", addBeginOfText: false);
        Assert.That(Llama3.Value.Decode(ids), Is.EqualTo("a\uFFFDb"));
    }

    [Test]
    public void special_ids_follow_the_last_rank_of_a_small_vocabulary()
    {
        ITokenizer small = TiktokenModel.Parse(SmallVocabulary.Tiktoken("he", "ll", "hell"), "small");
        Assert.Multiple(() =>
        {
            Assert.That(small.VocabularySize, Is.EqualTo(259 + 256));
            Assert.That(small.BeginOfTextId, Is.EqualTo(259));
            Assert.That(small.StopIds, Is.EqualTo(new[] { 260, 268 }));
            Assert.That(small.Encode("hello", addBeginOfText: true), Is.EqualTo(new[] { 259, 258, 'o' }));
            Assert.That(small.Decode([258, 'o', 268]), Is.EqualTo("hello"));
        });
    }

    [Test]
    public void an_id_outside_the_vocabulary_is_refused()
    {
        ITokenizer small = TiktokenModel.Parse(SmallVocabulary.Tiktoken(), "small");
        Assert.That(() => small.Decode([512]), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => small.Decode([-1]), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static int IdOf(string special) => Llama3.Value.TryGetSpecialId(special, out int id) ? id : -1;
}
