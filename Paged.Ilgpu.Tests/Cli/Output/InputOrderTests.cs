using Paged.Ilgpu.Cli.Input;
using Paged.Ilgpu.Cli.Output;

namespace Paged.Ilgpu.Tests.Cli.Output;

internal sealed class InputOrderTests
{
    [Test]
    public void an_outcome_waits_for_all_earlier_ones()
    {
        var written = new Recorder();
        InputOrder order = Expecting(written, 0, 1, 2, 3);
        order.Write(Outcome(1));
        order.Write(Outcome(3));
        Assert.That(written.Indices, Is.Empty);
        order.Write(Outcome(0));
        Assert.That(written.Indices, Is.EqualTo(new[] { 0, 1 }));
        Assert.That(order.HeldBack, Is.EqualTo(1));
        order.Write(Outcome(2));
        Assert.That(written.Indices, Is.EqualTo(new[] { 0, 1, 2, 3 }));
        Assert.That(order.HeldBack, Is.Zero);
    }

    [Test]
    public void a_request_that_has_not_begun_is_not_waited_for()
    {
        var written = new Recorder();
        InputOrder order = Expecting(written, 2, 7);
        order.Write(Outcome(7));
        order.Write(Outcome(2));
        Assert.That(written.Indices, Is.EqualTo(new[] { 2, 7 }));
    }

    [Test]
    public void what_is_left_after_an_interruption_is_written_in_order()
    {
        var written = new Recorder();
        InputOrder order = Expecting(written, 0, 1, 2, 3);
        order.Write(Outcome(3));
        order.Write(Outcome(1));
        order.WriteRest();
        Assert.That(written.Indices, Is.EqualTo(new[] { 1, 3 }));
    }

    [TestCase(0)]
    [TestCase(2)]
    public void a_request_has_one_outcome(int index)
    {
        InputOrder order = Expecting(new Recorder(), 0, 1, 2);
        order.Write(Outcome(0));
        order.Write(Outcome(2));
        Assert.That(() => order.Write(Outcome(index)), Throws.ArgumentException);
    }

    private static InputOrder Expecting(IOutcomeWriter next, params int[] indices)
    {
        var order = new InputOrder(next);
        Assert.That(order.Expect(indices.Select(index => new PromptRequest(index, "prompt"))).Count(), Is.EqualTo(indices.Length));
        return order;
    }

    private static AnswerError Outcome(int index) => new(index, $"request-{index}", new Refusal("code", "message"));

    private sealed class Recorder : IOutcomeWriter
    {
        public List<int> Indices { get; } = [];

        public void Write(Outcome outcome) => Indices.Add(outcome.Index);
    }
}
