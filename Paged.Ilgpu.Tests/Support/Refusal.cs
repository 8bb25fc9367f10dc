namespace Paged.Ilgpu.Tests.Support;

/// <summary>Asserts that bad input ends in one clear sentence.</summary>
internal static class Refusal
{
    /// <summary>The action throws a PagedException of one sentence that has all these parts.</summary>
    public static void Of(Action action, params string[] parts)
    {
        PagedException refusal = Assert.Throws<PagedException>(() => action())!;
        Assert.Multiple(() =>
        {
            foreach (string part in parts)
                Assert.That(refusal.Message, Does.Contain(part));
            Assert.That(refusal.Message, Does.EndWith(".").And.Not.Contain("\n"));
        });
    }
}
