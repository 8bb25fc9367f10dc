using Paged.Ilgpu.Config;

namespace Paged.Ilgpu.Tests.Config;

public class QuotedTests
{
    [TestCase("layers.0", "'layers.0'")]
    [TestCase("a\u001b[2Jb\nc", "'a?[2Jb?c'")]
    [TestCase("", "''")]
    public void what_cannot_be_shown_becomes_a_question_mark(string text, string quoted) => Assert.That(Quoted.Of(text), Is.EqualTo(quoted));

    [Test]
    public void a_long_text_is_cut() => Assert.That(Quoted.Of(new string('x', 5000)), Is.EqualTo($"'{new string('x', 100)}...'"));
}
