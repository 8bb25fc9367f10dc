using Paged.Ilgpu.Cli.Report.Recording;

namespace Paged.Ilgpu.Tests.Cli.Report.Recording;

internal sealed class FrameListTests
{
    [TestCase(1, 1)]
    [TestCase(FrameList.MostFrames, 1)]
    [TestCase(FrameList.MostFrames + 1, 2)]
    [TestCase(100_003, 32)]
    public void a_long_run_has_few_frames_and_loses_no_token(int steps, int stepsPerFrame)
    {
        var list = new FrameList();
        for (int step = 1; step <= steps; step++)
        {
            list.Add(new Frame
            {
                Step = step,
                Time = TimeSpan.FromSeconds(step),
                GeneratedTokens = step % 7,
                PromptTokens = step % 5,
                Preemptions = step % 3,
                StoredSlots = step,
                OwnedSlots = 2 * step,
            });
        }

        IReadOnlyList<Frame> frames = list.Frames;
        Assert.Multiple(() =>
        {
            Assert.That(list.StepsPerFrame, Is.EqualTo(stepsPerFrame));
            Assert.That(frames, Has.Count.InRange(Math.Min(steps, FrameList.MostFrames / 2), FrameList.MostFrames + 1));
            Assert.That(frames.Sum(frame => frame.Steps), Is.EqualTo(steps));
            Assert.That(frames.Sum(frame => frame.GeneratedTokens), Is.EqualTo(Enumerable.Range(1, steps).Sum(step => step % 7)));
            Assert.That(frames.Sum(frame => frame.PromptTokens), Is.EqualTo(Enumerable.Range(1, steps).Sum(step => step % 5)));
            Assert.That(frames.Sum(frame => frame.Preemptions), Is.EqualTo(Enumerable.Range(1, steps).Sum(step => step % 3)));
            Assert.That(frames.Average(frame => frame.StoredSlots * frame.Steps) * frames.Count / steps, Is.EqualTo((steps + 1) / 2.0).Within(1e-6));
            Assert.That(frames[^1].Step, Is.EqualTo(steps));
            Assert.That(frames.Select(frame => frame.Step), Is.Ordered);
        });
    }

    [Test]
    public void changes_of_the_map_are_merged_so_that_the_last_one_counts()
    {
        var list = new FrameList();
        int cells = FrameList.MostChanges / 4;
        for (int step = 1; step <= 8; step++)
        {
            list.Add(new Frame
            {
                Step = step,
                StoredSlots = 0,
                OwnedSlots = 0,
                Changes = [.. Enumerable.Range(0, cells).Select(cell => new CellChange(cell, step, 0))],
            });
        }

        Assert.That(list.StepsPerFrame, Is.EqualTo(2));
        Assert.That(list.Frames.Select(frame => frame.Changes.Length), Is.All.EqualTo(cells));
        Assert.That(list.Frames.Select(frame => frame.Changes[^1].State), Is.EqualTo(new[] { 2, 4, 6, 8 }));
    }
}
