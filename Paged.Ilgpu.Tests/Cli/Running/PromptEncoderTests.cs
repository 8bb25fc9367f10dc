using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Tests.Tokenization;
using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Tests.Cli.Running;

internal sealed class PromptEncoderTests
{
    private const int Begin = 256;

    private static readonly TiktokenModel Tokenizer = TiktokenModel.Parse(SmallVocabulary.Tiktoken(), "small");

    [Test]
    public void a_text_is_continued_also_by_a_model_with_a_chat_format() =>
        Assert.That(Encode(ChatTemplateKind.Llama3, new TextPrompt("ab")), Is.EqualTo(new[] { Begin, 'a', 'b' }));

    [Test]
    public void token_ids_stay_as_they_are() =>
        Assert.That(Encode(ChatTemplateKind.Llama3, new TokenPrompt([5, 6])), Is.EqualTo(new[] { 5, 6 }));

    [Test]
    public void a_prompt_of_a_file_of_prompts_is_a_turn_of_the_user()
    {
        int[] turn = Encode(ChatTemplateKind.Llama3, new DialogPrompt([new ChatTurn("user", "ab")]));
        Assert.That(Encode(ChatTemplateKind.Llama3, new UserPrompt("ab")), Is.EqualTo(turn).And.Not.EqualTo(Encode(ChatTemplateKind.None, new UserPrompt("ab"))));
    }

    [Test]
    public void a_system_text_stands_before_a_dialog_that_has_none()
    {
        ChatTurn[] own = [new("system", "mine"), new("user", "ab")];
        Assert.That(
            Encode(ChatTemplateKind.Llama3, new DialogPrompt(own[1..]), system: "mine"), Is.EqualTo(Encode(ChatTemplateKind.Llama3, new DialogPrompt(own))));
        Assert.That(
            Encode(ChatTemplateKind.Llama3, new DialogPrompt(own), system: "yours"), Is.EqualTo(Encode(ChatTemplateKind.Llama3, new DialogPrompt(own))));
    }

    [TestCase(null, ExpectedResult = "yz")]
    [TestCase(3, ExpectedResult = "xyz")]
    public string a_request_may_say_how_much_of_a_long_prompt_is_kept(int? kept)
    {
        var encoder = new PromptEncoder(ChatFormat.For(ChatTemplateKind.None, ".", Tokenizer), Tokenizer, null, keptTokens: 2) { MaxModelLength = 64 };
        return Tokenizer.Decode(encoder.Encode(new PromptRequest(0, "uvwxyz") { KeptTokens = kept }).Ids);
    }

    private static int[] Encode(ChatTemplateKind kind, RequestPrompt prompt, string? system = null)
    {
        var encoder = new PromptEncoder(ChatFormat.For(kind, ".", Tokenizer), Tokenizer, system, keptTokens: null) { MaxModelLength = 64 };
        return encoder.Encode(new PromptRequest(0, prompt)).Ids;
    }
}
