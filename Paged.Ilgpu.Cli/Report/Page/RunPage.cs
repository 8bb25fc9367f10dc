using Paged.Ilgpu.Cli.Report.Recording;
using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Scheduling;

namespace Paged.Ilgpu.Cli.Report.Page;

/// <summary>What a page needs of a run; its engine may be gone.</summary>
/// <param name="Data">What is drawn.</param>
/// <param name="Settings">How the engine was set up.</param>
/// <param name="Notes">What the page does not show, a sentence each.</param>
internal sealed record RecordedRun(RunData Data, IReadOnlyList<string[]> Settings, IReadOnlyList<string> Notes);

/// <summary>Turns what a recorder kept into what a page draws.</summary>
internal static class RunPage
{
    /// <summary>Requests that a page lists; the first ones.</summary>
    public const int MostRequests = 10_000;

    /// <param name="run">What was recorded; its engine still lives, and all is done.</param>
    /// <param name="cache"><c>paged</c> or <c>naive</c>.</param>
    /// <param name="model">The model.</param>
    /// <param name="device">The device's name.</param>
    public static RecordedRun Of(RunRecorder run, string cache, LoadedModel model, string device) =>
        new(DataOf(run, cache), [.. PageSettings.Of(run.Engine, model, device)], [.. NotesOn(run, cache)]);

    private static RunData DataOf(RunRecorder run, string cache)
    {
        IReadOnlyList<Frame> frames = run.Frames.Frames;
        RequestRecord[] requests = [.. run.Requests.Take(MostRequests)];
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
            DataOf(run, requests));
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

        if (run.Requests.Count > MostRequests)
            yield return $"Of {run.Requests.Count:N0} requests the first {MostRequests:N0} are listed.";
    }

    private static RequestData DataOf(RunRecorder run, RequestRecord[] requests)
    {
        Sequence[] sequences = [.. requests.Select(request => request.Sequence)];
        double Milliseconds(TimeSpan time) => Math.Round((time - run.Start).TotalMilliseconds, 2);
        return new RequestData
        {
            Id = Differences(sequences.Select(sequence => sequence.Id)),
            Name = [.. sequences.Select(run.NameOf)],
            PromptTokens = [.. sequences.Select(sequence => sequence.PromptLength)],
            CachedTokens = [.. sequences.Select(sequence => sequence.CachedPromptTokens)],
            AnswerTokens = [.. sequences.Select(sequence => sequence.GeneratedCount)],
            Added = [.. sequences.Select(sequence => Milliseconds(sequence.Times.Added))],
            FirstToken = [.. sequences.Select(sequence => sequence.GeneratedCount == 0 ? (double?)null : Milliseconds(sequence.Times.FirstToken))],
            Ended = [.. sequences.Select(sequence => sequence.Times.Ended == TimeSpan.Zero ? (double?)null : Milliseconds(sequence.Times.Ended))],
            Preemptions = [.. sequences.Select(sequence => sequence.PreemptionCount)],
            FinishReason = [.. sequences.Select(sequence => sequence.FinishReason?.ToString().ToLowerInvariant() ?? "unfinished")],
            Growth = DeltaCode.OfGrowth(requests),
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
