using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Cli.Output;
using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Sampling;
using Paged.Ilgpu.Scheduling;
using Paged.Ilgpu.Tests.Tokenization;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Tests.Cli.Running;

internal sealed class ChoiceTextTests
{
    private const int EndOfTurn = 256 + 9;

    private static readonly TiktokenModel Tokenizer = TiktokenModel.Parse(SmallVocabulary.Tiktoken(), "small");
    private static readonly AnswerForm WithSpecialTokens = new(ShowsSpecialTokens: true);

    [TestCase("Hi", FinishReason.Length, ExpectedResult = "H<|eot_id|>i")]
    [TestCase("H", FinishReason.Stop, Description = "a stop string has cut the rest", ExpectedResult = "H<|eot_id|>")]
    public string special_tokens_are_shown_where_they_were_drawn(string text, FinishReason reason) =>
        Choice(Completion(reason, text, 'H', EndOfTurn, 'i'), WithSpecialTokens).Text;

    [Test]
    public void the_token_that_ended_the_answer_is_not_shown() =>
        Assert.That(Choice(Completion(FinishReason.Stop, "H", 'H', EndOfTurn), WithSpecialTokens).Text, Is.EqualTo("H"));

    [Test]
    public void a_character_of_several_tokens_is_shown_once() =>
        Assert.That(Choice(Completion(FinishReason.Length, "é", 0xC3, EndOfTurn, 0xA9), WithSpecialTokens).Text, Is.EqualTo("<|eot_id|>é"));

    [Test]
    public void an_answer_that_ends_within_a_character_says_so() =>
        Assert.That(Choice(Completion(FinishReason.Length, "H\uFFFD", 'H', 0xC3), WithSpecialTokens).Text, Is.EqualTo("H\uFFFD"));

    [Test]
    public void tokens_of_log_probabilities_have_a_text_and_bytes()
    {
        Completion completion = Completion(FinishReason.Length, "H", 'H') with
        {
            LogProbabilities = [new PositionLogProbabilities(new TokenLogProbability('H', -1), [new(EndOfTurn, -0.5f), new(0xC3, -2)])],
        };
        LikelyTokens shown = Choice(completion, AnswerForm.Default).LogProbabilities!.Single();
        Assert.That((shown.Drawn.Text, shown.Drawn.LogProbability), Is.EqualTo(("H", -1f)));
        Assert.That(shown.Likeliest.Select(token => token.Text), Is.EqualTo(new[] { "<|eot_id|>", "bytes:\\xc3" }));
        Assert.That(shown.Likeliest[1].Bytes, Is.EqualTo(new byte[] { 0xC3 }));
    }

    private static Completion Completion(FinishReason reason, string text, params int[] ids) =>
        new(1, ids, reason, PromptTokens: 1, CachedPromptTokens: 0, Preemptions: 0) { Text = text };

    private static AnswerChoice Choice(Completion completion, AnswerForm form) =>
        new ChoiceText(Tokenizer).Choice(completion, new SamplingOptions(), form, returnsTokenIds: false);
}
