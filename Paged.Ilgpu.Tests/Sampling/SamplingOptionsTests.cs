using Paged.Ilgpu.Sampling;

namespace Paged.Ilgpu.Tests.Sampling;

internal sealed class SamplingOptionsTests
{
    private static readonly SamplingOptions Options = new() { MaxTokens = 10, MinTokens = 3, StopTokenIds = [7, 9] };

    [TestCase(7, 3, true)]
    [TestCase(9, 10, true)]
    [TestCase(8, 5, false)]
    [TestCase(7, 2, false)]
    public void a_stop_id_ends_an_answer_that_is_long_enough(int token, int length, bool ends)
    {
        Assert.That(Options.IsStop(token, length), Is.EqualTo(ends));
        Assert.That((Options with { IgnoreEos = true }).IsStop(token, length), Is.False);
    }

    [Test]
    public void values_out_of_their_range_are_named()
    {
        Assert.That(() => (Options with { MaxTokens = 0 }).Validated(), Throws.TypeOf<PagedException>().With.Message.Contains('0'));
        Assert.That(() => (Options with { MinTokens = 11 }).Validated(), Throws.TypeOf<PagedException>().With.Message.Contains("11"));
        Assert.That(() => (Options with { MinTokens = -1 }).Validated(), Throws.TypeOf<PagedException>().With.Message.Contains("-1"));
        Assert.That((Options with { MaxTokens = null }).Validated().MaxTokens, Is.Null);
    }
}
