using Paged.Ilgpu.Cli.Output;

namespace Paged.Ilgpu.Tests.Cli.Output;

internal sealed class InputOrderTests
{
    [Test]
    public void an_outcome_waits_for_all_earlier_ones()
    {
        var written = new Recorder();
        var order = new InputOrder(written);
        order.Write(Outcome(1));
        order.Write(Outcome(3));
        Assert.That(written.Indices, Is.Empty);
        order.Write(Outcome(0));
        Assert.That(written.Indices, Is.EqualTo(new[] { 0, 1 }));
        Assert.That(order.Waiting, Is.EqualTo(1));
        order.Write(Outcome(2));
        Assert.That(written.Indices, Is.EqualTo(new[] { 0, 1, 2, 3 }));
        Assert.That(order.Waiting, Is.Zero);
    }

    [TestCase(0)]
    [TestCase(2)]
    public void a_request_has_one_outcome(int index)
    {
        var order = new InputOrder(new Recorder());
        order.Write(Outcome(0));
        order.Write(Outcome(2));
        Assert.That(() => order.Write(Outcome(index)), Throws.ArgumentException);
    }

    private static AnswerError Outcome(int index) => new(index, $"request-{index}", "code", "message");

    private sealed class Recorder : IOutcomeWriter
    {
        public List<int> Indices { get; } = [];

        public void Write(Outcome outcome) => Indices.Add(outcome.Index);
    }
}
