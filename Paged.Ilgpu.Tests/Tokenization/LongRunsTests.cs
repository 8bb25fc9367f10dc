using Paged.Ilgpu.Tokenization;

namespace Paged.Ilgpu.Tests.Tokenization;

internal sealed class LongRunsTests
{
    [Test]
    public void a_run_is_cut_at_its_longest_length()
    {
        string text = "b " + new string('a', 60_000) + new string(' ', 25_000) + "c";
        Assert.That(LongRuns.Cut(text).Select(part => part.Length), Is.EqualTo(new[] { 25_002, 25_000, 10_000 + 25_000 + 1 }));
        Assert.That(string.Concat(LongRuns.Cut(text)), Is.EqualTo(text));
    }

    [Test]
    public void a_character_is_not_cut_in_two()
    {
        string text = "a" + string.Concat(Enumerable.Repeat("🦙", 20_000));
        string[] parts = [.. LongRuns.Cut(text)];
        Assert.That(parts, Has.Length.EqualTo(2));
        Assert.That(parts[0], Has.Length.EqualTo(25_001));
        Assert.That(parts[1], Does.StartWith("🦙"));
    }

    [Test]
    public void a_text_of_short_runs_stays_whole()
    {
        string text = string.Concat(Enumerable.Repeat("words ", 10_000));
        Assert.That(LongRuns.Cut(text), Is.EqualTo(new[] { text }));
        Assert.That(LongRuns.Cut(""), Is.Empty);
    }
}
