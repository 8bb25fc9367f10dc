using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Cli.Output;
using Paged.Ilgpu.Cli.Report;

namespace Paged.Ilgpu.Tests.Cli.Report;

internal sealed class AnswerListTests
{
    [Test]
    public void each_prompt_has_a_line_with_the_beginning_of_its_answer()
    {
        using var output = new StringWriter { NewLine = "\n" };
        AnswerList.Write(
            output,
            [new PromptRequest(0, "Count from 3 to 5."), new PromptRequest(1, "Tell a story\nabout a fox."), new PromptRequest(2, "?")],
            [
                Answer(0, "3, 4, 5", tokens: 8),
                Answer(1, string.Concat(Enumerable.Repeat("A fox sat. ", 20)), tokens: 1234),
                new AnswerError(2, "request-2", new Refusal("context_length_exceeded", "The prompt is too long.")),
            ]);
        string[] lines = output.ToString().Split('\n');
        Assert.Multiple(() =>
        {
            Assert.That(lines[1..3], Is.EqualTo(new[]
            {
                " prompt                      tokens   answer",
                " Count from 3 to 5.               8   3, 4, 5",
            }));
            Assert.That(lines[3], Does.StartWith(" Tell a story about a fox.    1,234   A fox sat. A fox").And.EndsWith("…"));
            Assert.That(lines[3], Has.Length.AtMost(110));
            Assert.That(lines[4], Is.EqualTo(" ?                                    error: The prompt is too long."));
        });
    }

    private static Answer Answer(int index, string text, int tokens) =>
        new(index, $"request-{index}", [new AnswerChoice(text, new int[tokens], "stop")], PromptTokens: 5, CachedTokens: 0);
}
