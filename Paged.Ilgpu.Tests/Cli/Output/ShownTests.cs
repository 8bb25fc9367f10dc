using Paged.Ilgpu.Cli.Output;

namespace Paged.Ilgpu.Tests.Cli.Output;

internal sealed class ShownTests
{
    [TestCase("3, 4, 5", 20, "3, 4, 5")]
    [TestCase("exactly 10", 10, "exactly 10")]
    [TestCase("one too many", 11, "one too ma…")]
    [TestCase("cut at a space", 8, "cut at…")]
    [TestCase(" first\n\n  second\tthird ", 40, "first second third")]
    [TestCase("a\u001b[2Jb", 10, "a\uFFFD[2Jb")]
    [TestCase("ab\ud83e\udd99\ud83e\udd99", 4, "ab…", Description = "no half of a surrogate pair")]
    [TestCase("", 10, "")]
    [TestCase("ab", 1, "…")]
    public void on_one_line_a_text_is_cut_to_its_width(string text, int width, string expected) =>
        Assert.That(Shown.OnOneLine(text, width), Is.EqualTo(expected));
}
