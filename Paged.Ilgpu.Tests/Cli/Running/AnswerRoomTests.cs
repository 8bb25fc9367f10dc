using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Cli.Running;

namespace Paged.Ilgpu.Tests.Cli.Running;

internal sealed class AnswerRoomTests
{
    [TestCase(512, 4096, 64, 100, 64)]
    [TestCase(512, 4096, null, 100, 412)]
    [TestCase(512, 4096, null, 511, 1)]
    [TestCase(512, 128, null, 100, 29, Description = "the last token of an answer is never stored")]
    [TestCase(512, 128, 29, 100, 29)]
    [TestCase(128, 128, 1000, 100, 1000, Description = "the model's length ends it first")]
    [TestCase(512, 128, null, 128, 1)]
    public void an_answer_may_take_what_is_asked_for_or_the_room_there_is(int length, long slots, int? requested, int prompt, int expected)
    {
        (int maxTokens, Refusal? refusal) = new AnswerRoom(length, slots).For(prompt, requested);
        Assert.That(refusal, Is.Null);
        Assert.That(maxTokens, Is.EqualTo(expected));
    }

    [TestCase(512, 4096, null, 512, "context_length_exceeded", "at most 511")]
    [TestCase(512, 128, 30, 100, "kv_cache_exceeded", "129 slots")]
    [TestCase(512, 128, null, 129, "kv_cache_exceeded", "at most 128")]
    public void what_can_never_be_served_is_refused_with_the_arithmetic(
        int length, long slots, int? requested, int prompt, string code, string part)
    {
        Refusal refusal = new AnswerRoom(length, slots).For(prompt, requested).Refusal!;
        Assert.That(refusal.Code, Is.EqualTo(code));
        Assert.That(refusal.Message, Does.Contain(part));
    }
}
