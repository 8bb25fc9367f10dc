using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Tests.Support;
using Paged.Ilgpu.Tests.Tokenization;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Tests.Sampling;

internal sealed class AnswerTextTests
{
    // The first 256 ids are bytes; then come these, then special tokens.
    private static readonly string[] Words = [" the", "🦙🦙", "\n\n", "Human", "Hum", "an:", "aaab"];
    private static readonly TiktokenModel Tokenizer = TiktokenModel.Parse(SmallVocabulary.Tiktoken(Words), "words");

    [TestCase("\n\nHuman:", "Hi\n\nHuman: x", "Hi", TestName = "a stop string over three tokens")]
    [TestCase("an:", "Human: x", "Hum", TestName = "a stop string that is one token")]
    [TestCase("uma", "Human: x", "H", TestName = "a stop string within a token")]
    [TestCase("aab", "aaaab x", "aa", TestName = "a beginning that fails before it succeeds")]
    [TestCase("🦙", "a 🦙🦙 x", "a ", TestName = "a character of four bytes")]
    [TestCase("é🦙é", "xé🦙é🦙é", "x", TestName = "characters whose bytes come one by one")]
    [TestCase("zebra", "no such animal", null, TestName = "no stop string")]
    public void a_stop_string_ends_the_text_wherever_tokens_begin_and_end(string stop, string text, string? expected)
    {
        foreach (int[] tokens in new[] { InWords(text), InBytes(text) })
        {
            AnswerState answer = Read(tokens, new SamplingOptions { StopStrings = [stop] }, out int read);
            Assert.That(answer.HasStopped, Is.EqualTo(expected is not null));
            Assert.That(answer.Text(tokens.AsSpan(0, read)), Is.EqualTo(expected ?? text));

            answer = Read(tokens, new SamplingOptions { StopStrings = [stop], IncludesStopString = true }, out read);
            Assert.That(answer.Text(tokens.AsSpan(0, read)), Is.EqualTo(expected is null ? text : expected + stop));
        }
    }

    [Test]
    public void whatever_the_tokens_the_text_ends_where_the_first_stop_string_is_complete()
    {
        const int Seed = 11;
        TestContext.Out.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        string[] stops = ["aab", "ab", "ba🦙", "🦙", "abab", "bb", "aaaa"];
        for (int round = 0; round < 5_000; round++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => random.Next(12) switch { 0 => "🦙", < 8 => "a", _ => "b" }));
            string[] some = [.. stops.Where(_ => random.Next(2) == 0)];
            int[] tokens = random.Next(2) == 0 ? InWords(text) : InBytes(text);
            AnswerState answer = Read(tokens, new SamplingOptions { StopStrings = some }, out int read);
            Assert.That(answer.Text(tokens.AsSpan(0, read)), Is.EqualTo(Cut(text, some)), $"{text} / {string.Join(' ', some)}");
        }
    }

    [Test]
    public void a_stop_string_within_the_fewest_tokens_is_passed_over()
    {
        var options = new SamplingOptions { StopStrings = ["b"], MinTokens = 2 };
        AnswerState answer = Read(InBytes("abcbd"), options, out int read);
        Assert.That(read, Is.EqualTo(4));
        Assert.That(answer.Text(InBytes("abcb")), Is.EqualTo("abc"));
    }

    [Test]
    public void special_tokens_and_the_stop_id_are_hidden()
    {
        Assert.That(Tokenizer.TryGetSpecialId("<|eot_id|>", out int special));
        int[] tokens = ['a', special, 'b', 'c'];
        Assert.That(Read(tokens, new SamplingOptions(), out _).Text(tokens), Is.EqualTo("abc"));
        Assert.That(Read(tokens, new SamplingOptions { StopTokenIds = ['c'] }, out _).Text(tokens), Is.EqualTo("ab"));
        Assert.That(Read(tokens, new SamplingOptions { StopTokenIds = ['c'], StopStrings = ["x"] }, out _).Text(tokens), Is.EqualTo("ab"));
        Assert.That(Read(tokens, new SamplingOptions { StopTokenIds = ['c'], IncludesStopString = true }, out _).Text(tokens), Is.EqualTo("abc"));
    }

    [Test]
    public void a_stop_string_needs_a_tokenizer() => Refusal.Of(
        () => _ = new AnswerState(new SamplingOptions { StopStrings = ["END"] }, 0, 0, [], tokenizer: null), "stop", "END", "no tokenizer");

    [Test]
    public void a_token_costs_no_more_late_in_an_answer_than_early()
    {
        var options = new SamplingOptions { StopStrings = ["zebra", "yak and gnu"] };
        var answer = new AnswerState(options, 0, 0, [], Tokenizer);
        for (int i = 0; i < 70_000; i++)
            answer.Append('a');
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
            answer.Append('a');
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero, "bytes allocated");
    }

    private static AnswerState Read(int[] tokens, SamplingOptions options, out int read)
    {
        var answer = new AnswerState(options.Validated(), seed: 0, index: 0, prompt: [], Tokenizer);
        for (read = 0; read < tokens.Length && !answer.HasStopped; read++)
            answer.Append(tokens[read]);
        return answer;
    }

    private static int[] InBytes(string text) => [.. System.Text.Encoding.UTF8.GetBytes(text).Select(value => (int)value)];

    // Takes the longest word that fits, else a byte.
    private static int[] InWords(string text)
    {
        var tokens = new List<int>();
        for (int at = 0; at < text.Length;)
        {
            string rest = text[at..];
            string? word = Words.Where(candidate => rest.StartsWith(candidate, StringComparison.Ordinal)).MaxBy(candidate => candidate.Length);
            string piece = word ?? (char.IsHighSurrogate(rest[0]) ? rest[..2] : rest[..1]);
            tokens.AddRange(word is null ? InBytes(piece) : [256 + Array.IndexOf(Words, word)]);
            at += piece.Length;
        }

        return [.. tokens];
    }

    // By the definition: text grows by one character at a time until it ends with a stop string, the longest of them.
    private static string Cut(string text, string[] stops)
    {
        for (int length = 1; length <= text.Length; length++)
        {
            string? stop = stops.Where(candidate => text[..length].EndsWith(candidate, StringComparison.Ordinal)).MaxBy(candidate => candidate.Length);
            if (stop is not null)
                return text[..(length - stop.Length)];
        }

        return text;
    }
}
