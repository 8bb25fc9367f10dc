using Paged.Ilgpu.Cli.Output;

namespace Paged.Ilgpu.Tests.Cli.Output;

internal sealed class ReadableWriterTests
{
    [Test]
    public void a_heading_names_each_of_several_answers()
    {
        using var output = new StringWriter { NewLine = "\n" };
        var writer = new ReadableWriter(output, showsHeadings: true);
        writer.Write(new Answer(0, "request-0", " Lily\nsmiled.", null, "stop", 5, 3));
        writer.Write(new AnswerError(1, "request-1", "context_length_exceeded", "The prompt is too long."));
        Assert.That(output.ToString(), Is.EqualTo(
            "--- request-0 (5 prompt tokens, 3 completion tokens, stop)\n Lily\nsmiled.\n\n"
            + "--- request-1\nerror: The prompt is too long.\n\n"));
    }

    [Test]
    public void a_single_answer_stands_alone()
    {
        using var output = new StringWriter { NewLine = "\n" };
        new ReadableWriter(output, showsHeadings: false).Write(new Answer(0, "request-0", "Lily", null, "stop", 5, 3));
        Assert.That(output.ToString(), Is.EqualTo("Lily\n"));
    }

    [Test]
    public void control_characters_do_not_reach_the_terminal()
    {
        using var output = new StringWriter { NewLine = "\n" };
        new ReadableWriter(output, showsHeadings: false).Write(new Answer(0, "request-0", "a\u001b[2J\tb\n", null, "stop", 5, 3));
        Assert.That(output.ToString(), Is.EqualTo("a\uFFFD[2J\tb\n\n"));
    }
}
