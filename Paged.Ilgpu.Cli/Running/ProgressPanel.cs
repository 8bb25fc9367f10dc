using Paged.Ilgpu.Cli.Report;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Paged.Ilgpu.Cli.Running;

/// <summary>
/// How far a batch is, in words: the parts are the same on a terminal, where they make four lines, and in a log, where they make one.
/// </summary>
/// <param name="label">What runs.</param>
internal sealed class ProgressPanel(string label)
{
    private const int LabelWidth = 9;

    private readonly RecentRate _prompt = new();
    private readonly RecentRate _completion = new();
    private string _rates = "";

    /// <summary>A line for a log.</summary>
    public string Line(BatchTotals totals)
    {
        Refresh(totals);
        return $"{label}: {Done(totals)}, {Requests(totals)}, {_rates}, KV cache {Memory(totals)}, {Left(totals)}";
    }

    /// <summary>Four lines for a terminal of some width.</summary>
    public IRenderable Lines(BatchTotals totals, int width)
    {
        Refresh(totals);
        double share = totals.Requests == 0 ? 0 : (double)totals.Done / totals.Requests;
        string done = $"{Done(totals)}, {Left(totals)}";
        int room = width - LabelWidth - 4;
        int barWidth = Math.Clamp(room - done.Length, 8, 60);
        int doneWidth = (int)(share * barWidth);
        string bar = $"[green]{new string('━', doneWidth)}[/][grey]{new string('━', barWidth - doneWidth)}[/]";
        string memory = Memory(totals);
        string usage = UsageBar.Of(totals.StoredShare, totals.OwnedShare - totals.StoredShare, Math.Clamp(room - memory.Length, 8, barWidth));
        return new Rows(
            Row(label, $"{bar}  {done}"),
            Row("requests", Requests(totals)),
            Row("tokens", _rates),
            Row("KV cache", $"{usage}  {memory}"));
    }

    private static Markup Row(string name, string text) =>
        new($" [grey]{name.PadRight(LabelWidth)}[/]{text}") { Overflow = Overflow.Ellipsis };

    private static string Done(BatchTotals totals) => $"{totals.Done:N0} of {totals.Requests:N0} done";

    private static string Requests(BatchTotals totals) =>
        $"{totals.Running:N0} running, {totals.Waiting:N0} waiting, {totals.Preemptions:N0} preemptions";

    private static string Memory(BatchTotals totals) =>
        $"{Numbers.Percent(totals.OwnedShare)} in use, {Numbers.Percent(totals.PrefixHitRate)} prefix hits";

    /// <summary>Told from the requests that are done, so it is known once some are.</summary>
    private static string Left(BatchTotals totals) => totals.Done == totals.Refused
        ? $"{Clock(totals.Elapsed)} so far"
        : $"{Clock(totals.Elapsed * ((totals.Requests - totals.Done) / (double)(totals.Done - totals.Refused)))} left";

    private static string Clock(TimeSpan time) =>
        time.TotalHours < 1 ? $"{(int)time.TotalMinutes}:{time.Seconds:00}" : $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}";

    private void Refresh(BatchTotals totals) => _rates =
        $"{_prompt.At(totals.Elapsed, totals.PromptTokensRead):N0} prompt and "
            + $"{_completion.At(totals.Elapsed, totals.GeneratedTokens):N0} completion tokens/s";
}
