using Paged.Ilgpu.Cli.Report.Recording;
using Paged.Ilgpu.Cli.Running;

namespace Paged.Ilgpu.Cli.Report.Page;

/// <summary>What a page needs of a run; its engine may be gone.</summary>
/// <param name="Data">What is drawn.</param>
/// <param name="Settings">How the engine was set up.</param>
/// <param name="Notes">What the page does not show, a sentence each.</param>
internal sealed record RecordedRun(RunData Data, IReadOnlyList<string[]> Settings, IReadOnlyList<string> Notes);

/// <summary>Turns what a recorder kept into what a page draws.</summary>
internal static class RunPage
{
    /// <param name="run">What was recorded; its engine still lives, and all is done.</param>
    /// <param name="cache"><c>paged</c> or <c>naive</c>.</param>
    /// <param name="model">The model.</param>
    /// <param name="device">The device's name.</param>
    public static RecordedRun Of(RunRecorder run, string cache, LoadedModel model, string device) =>
        new(DataOf(run, cache), [.. PageSettings.Of(run.Engine, model, device)], [.. NotesOn(run, cache)]);

    private static RunData DataOf(RunRecorder run, string cache)
    {
        IReadOnlyList<Frame> frames = run.Frames.Frames;
        return new RunData(
            cache,
            run.Engine.CacheOptions.BlockSize,
            run.Engine.CacheOptions.BlockCount,
            run.BlocksPerCell,
            DataOf(run.Frames) with
            {
                Microseconds = Differences(frames.Select(frame => (long)frame.Time.TotalMicroseconds)),
                PromptTokens = [.. frames.Select(frame => frame.PromptTokens)],
                GeneratedTokens = [.. frames.Select(frame => frame.GeneratedTokens)],
                Waiting = [.. frames.Select(frame => frame.Waiting)],
            },
            DeltaCode.OfChanges([.. frames.Select(frame => frame.Changes), run.TakeFinalChanges()]),
            RequestsOf(run));
    }

    public static FrameData DataOf(FrameList list)
    {
        IReadOnlyList<Frame> frames = list.Frames;
        return new FrameData
        {
            StepsPerFrame = list.StepsPerFrame,
            Step = Differences(frames.Select(frame => frame.Step)),
            Running = [.. frames.Select(frame => frame.Running)],
            StoredSlots = [.. frames.Select(frame => (long)Math.Round(frame.StoredSlots))],
            OwnedSlots = [.. frames.Select(frame => (long)Math.Round(frame.OwnedSlots))],
        };
    }

    private static IEnumerable<string> NotesOn(RunRecorder run, string cache)
    {
        if (run.Frames.StepsPerFrame > 1)
        {
            yield return $"The {cache} cache's {run.Engine.Statistics.Steps:N0} steps are drawn {run.Frames.StepsPerFrame:N0} at a time: counts "
                + "are sums over these, slots are averages, and the map shows the last of them.";
        }

        if (run.BlocksPerCell > 1)
        {
            yield return $"A square of the {cache} map stands for {run.BlocksPerCell:N0} neighbouring blocks and has the colour of the first "
                + "that has an owner.";
        }

        long ended = run.Engine.Statistics.FinishedSequences;
        if (ended > RunRecorder.MostRequests)
            yield return $"Of {ended:N0} requests the first {RunRecorder.MostRequests:N0} are listed; the map takes the blocks of others as full.";
    }

    private static RequestData RequestsOf(RunRecorder run)
    {
        RequestFigures[] requests = [.. run.Requests.Select(request => request.Figures)];
        double Milliseconds(TimeSpan time) => Math.Round((time - run.Start).TotalMilliseconds, 2);
        double? MillisecondsOrNull(TimeSpan? time) => time is { } known ? Milliseconds(known) : null;
        return new RequestData
        {
            Id = Differences(requests.Select(request => request.Id)),
            Name = [.. run.Requests.Select(request => request.Name)],
            PromptTokens = [.. requests.Select(request => request.PromptTokens)],
            CachedTokens = [.. requests.Select(request => request.CachedTokens)],
            AnswerTokens = [.. requests.Select(request => request.AnswerTokens)],
            Added = [.. requests.Select(request => Milliseconds(request.Added))],
            FirstToken = [.. requests.Select(request => MillisecondsOrNull(request.FirstToken))],
            Ended = [.. requests.Select(request => MillisecondsOrNull(request.Ended))],
            Preemptions = [.. requests.Select(request => request.Preemptions)],
            FinishReason = [.. requests.Select(request => request.FinishReason?.ToString().ToLowerInvariant() ?? "unfinished")],
            Growth = DeltaCode.OfGrowth(run.Requests),
        };
    }

    private static long[] Differences(IEnumerable<long> numbers)
    {
        long[] all = [.. numbers];
        for (int i = all.Length - 1; i > 0; i--)
            all[i] -= all[i - 1];
        return all;
    }
}
