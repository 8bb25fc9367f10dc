using System.Buffers;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Tests.Tokenization;

internal sealed class StreamingDecoderTests
{
    private static readonly TiktokenModel Bytes = TiktokenModel.Parse(SmallVocabulary.Tiktoken(" the", "🦙🦙"), "bytes");

    [Test]
    public void a_character_appears_with_its_last_byte()
    {
        var decoder = new StreamingDecoder(Bytes);
        string[] pieces = [.. new[] { 'a', 0xF0, 0x9F, 0xA6, 0x99, 256 }.Select(id => Append(decoder, id)), Finish(decoder)];
        Assert.That(pieces, Is.EqualTo(new[] { "a", "", "", "", "🦙", " the", "" }));
    }

    [Test]
    public void an_answer_that_ends_within_a_character_ends_with_a_replacement()
    {
        var decoder = new StreamingDecoder(Bytes);
        string[] pieces = [Append(decoder, 0xF0), Append(decoder, 0x9F), Finish(decoder), Append(decoder, 'b')];
        Assert.That(pieces, Is.EqualTo(new[] { "", "", "\uFFFD", "b" }));
    }

    [Test]
    public void an_id_that_the_tokenizer_does_not_have_is_a_replacement()
    {
        var decoder = new StreamingDecoder(Bytes);
        Assert.That(Append(decoder, Bytes.VocabularySize) + Append(decoder, 'b'), Is.EqualTo("\uFFFDb"));
    }

    [Test]
    public void all_pieces_together_are_the_text_of_all_ids_together()
    {
        const int Seed = 7;
        TestContext.Out.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        for (int round = 0; round < 20_000; round++)
        {
            int[] ids = [.. Enumerable.Range(0, random.Next(40)).Select(_ => AnyId(random))];
            var decoder = new StreamingDecoder(Bytes);
            string streamed = string.Concat(ids.Select(id => Append(decoder, id))) + Finish(decoder);
            Assert.That(streamed, Is.EqualTo(Bytes.Decode(ids)), string.Join(' ', ids));
        }
    }

    private static string Append(StreamingDecoder decoder, int id)
    {
        var text = new ArrayBufferWriter<char>();
        decoder.Append(id, text);
        return new string(text.WrittenSpan);
    }

    private static string Finish(StreamingDecoder decoder)
    {
        var text = new ArrayBufferWriter<char>();
        decoder.Finish(text);
        return new string(text.WrittenSpan);
    }

    // Lead and continuation bytes are as likely as letters, so that characters are begun, broken and finished.
    private static int AnyId(Random random) => random.Next(4) switch
    {
        0 => random.Next(0xC0, 0x100),
        1 => random.Next(0x80, 0xC0),
        2 => random.Next('a', 'z'),
        _ => random.Next(Bytes.VocabularySize),
    };
}
