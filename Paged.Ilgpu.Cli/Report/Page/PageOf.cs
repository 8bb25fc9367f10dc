using Paged.Ilgpu.Cli.Report.Recording;
using Paged.Ilgpu.Cli.Running;
using Paged.Ilgpu.Engine;

namespace Paged.Ilgpu.Cli.Report.Page;

/// <summary>The pages of <c>paged run</c> and <c>paged compare</c>; their figures are the texts that the summary prints.</summary>
internal static class PageOf
{
    private const string NaiveExplained =
        "The naive cache sets the maximum length aside for every request before it begins; what it would have held is what the same scheduler "
        + "does with such a cache and the same lengths of prompts and answers, each request by itself, all waiting at the start.";

    /// <param name="recorder">What was recorded.</param>
    /// <param name="summary">The summary as it is printed.</param>
    /// <param name="model">The model.</param>
    /// <param name="device">The device's name.</param>
    public static PageData Run(RunRecorder recorder, RunSummary summary, LoadedModel model, string device)
    {
        bool isPaged = recorder.Engine.Options.Cache == CacheMethod.Paged;
        NaiveCounterfactual? naive = isPaged ? NaiveCounterfactual.Of(recorder) : null;
        RecordedRun run = RunPage.Of(recorder, summary.Cache, model, device);
        return new PageData(
            $"{summary.Requests:N0} {(summary.Requests == 1 ? "request" : "requests")}, {summary.Cache} KV cache",
            $"{model.Name} on {device}",
            Made("paged run"),
            [
                new($"{summary.CompletionTokensPerSecond:N1}", "completion tokens a second"),
                new(Numbers.Count(summary.Peak.Sequences), "requests at once, at the peak"),
                new(Numbers.Percent(summary.Average.StoredShareOfPool), "of the pool held a token"),
                new(Numbers.Percent(summary.Average.WastedShareOfPool), "of the pool was wasted"),
                new($"{summary.Steps:N0}", naive is null ? "steps" : $"steps; the naive cache {naive.Statistics.Steps:N0}"),
            ],
            [TableData.Of(RunReport.CacheTable(summary)), TableData.Of(RunReport.WorkTable(summary))],
            [summary.FragmentedMemoryLine()],
            run.Settings,
            [run.Data],
            naive is null ? null : RunPage.DataOf(naive.Frames),
            !isPaged ? null : naive is null ? "The naive cache would not hold a single request in this memory." : NaiveExplained,
            [.. run.Notes, Refusals(summary)]);
    }

    /// <param name="naive">The naive cache's run, and its summary.</param>
    /// <param name="paged">The same of the paged one.</param>
    /// <param name="answers">Whether they gave the same answers.</param>
    /// <param name="model">The model.</param>
    /// <param name="device">The device's name.</param>
    public static PageData Comparison(
        (RecordedRun Run, RunSummary Summary) naive,
        (RecordedRun Run, RunSummary Summary) paged,
        AnswerDifference answers,
        LoadedModel model,
        string device)
    {
        Headline Both(string label, Func<RunSummary, string> show) => new(show(paged.Summary), label, show(naive.Summary));
        return new PageData(
            $"{paged.Summary.Requests:N0} requests, naive and paged KV cache in the same {Numbers.Bytes(paged.Summary.KvCacheBytes)}",
            $"{model.Name} on {device}",
            Made("paged compare"),
            [
                Both("requests at once, naive → paged", run => Numbers.Count(run.PeakSequences)),
                Both("of the pool was wasted", run => Numbers.Percent(run.Average.WastedShareOfPool)),
                Both("completion tokens a second", run => $"{run.CompletionTokensPerSecond:N1}"),
                Both("steps", run => Numbers.Count(run.Steps)),
            ],
            [TableData.Of(new CompareReport(naive.Summary, paged.Summary).Table)],
            [$"naive: {naive.Summary.FragmentedMemoryLine()}", $"paged: {paged.Summary.FragmentedMemoryLine()}", answers.Sentence],
            paged.Run.Settings,
            [naive.Run.Data, paged.Run.Data],
            Naive: null,
            "Both runs are real; the time is the time of each since its first step began.",
            [.. naive.Run.Notes, .. paged.Run.Notes, Refusals(paged.Summary)]);
    }

    private static string Made(string verb) => $"{verb} · {DateTimeOffset.Now:d MMMM yyyy, HH:mm}";

    private static string Refusals(RunSummary summary) => summary.Refused == 0
        ? "Slots and blocks are as they were while a step ran: after its tokens had their slots, before those requests left that it ended."
        : $"{summary.Refused:N0} refused requests have a line in the output and none here.";
}
