using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Cli.Output;

namespace Paged.Ilgpu.Tests.Cli.Output;

internal sealed class ReadableWriterTests
{
    [Test]
    public void a_heading_names_each_of_several_answers()
    {
        using var output = new StringWriter { NewLine = "\n" };
        var writer = new ReadableWriter(output, showsHeadings: true);
        writer.Write(Answer(" Lily\nsmiled."));
        writer.Write(new AnswerError(1, "request-1", new Refusal("context_length_exceeded", "The prompt is too long.")));
        Assert.That(output.ToString(), Is.EqualTo(
            "--- request-0 (5 prompt tokens, 3 completion tokens, stop)\n Lily\nsmiled.\n\n"
            + "--- request-1\nerror: The prompt is too long.\n\n"));
    }

    [Test]
    public void a_single_answer_stands_alone()
    {
        using var output = new StringWriter { NewLine = "\n" };
        new ReadableWriter(output, showsHeadings: false).Write(Answer("Lily"));
        Assert.That(output.ToString(), Is.EqualTo("Lily\n"));
    }

    [Test]
    public void control_characters_do_not_reach_the_terminal()
    {
        using var output = new StringWriter { NewLine = "\n" };
        new ReadableWriter(output, showsHeadings: false).Write(Answer("a\u001b[2J\tb\n"));
        Assert.That(output.ToString(), Is.EqualTo("a\uFFFD[2J\tb\n\n"));
    }

    [Test]
    public void several_answers_to_one_prompt_are_numbered()
    {
        using var output = new StringWriter { NewLine = "\n" };
        new ReadableWriter(output, showsHeadings: true).Write(Answer("Lily", "Tom"));
        Assert.That(output.ToString(), Is.EqualTo(
            "--- request-0, answer 1 of 2 (5 prompt tokens, 3 completion tokens, stop)\nLily\n\n"
            + "--- request-0, answer 2 of 2 (5 prompt tokens, 3 completion tokens, stop)\nTom\n\n"));
    }

    private static Answer Answer(params string[] texts) =>
        new(0, "request-0", [.. texts.Select(text => new AnswerChoice(text, [1, 2, 3], "stop"))], PromptTokens: 5, CachedTokens: 0);
}
