using Paged.Ilgpu.Cli;
using Paged.Ilgpu.Cli.Report.Recording;
using Paged.Ilgpu.Scheduling;
using Paged.Ilgpu.Tests.Cli.Report.Recording;
using Paged.Ilgpu.Tests.Cli.Support;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Cli.Report.Page;

/// <summary>The pages of <c>--report</c>, in a browser.</summary>
internal sealed class ReportPageTests
{
    private const string Pixels = "[...document.querySelectorAll('#maps canvas')].map(canvas => canvas.toDataURL())";
    private const string Labels = "[...document.querySelectorAll('#maps canvas')].map(canvas => canvas.getAttribute('aria-label'))";
    private const string Rows = "[...document.querySelectorAll('#figures tr')].map(row => [...row.cells].map(cell => cell.textContent))";
    private const string Sentences = "[...document.querySelectorAll('#figures p')].map(sentence => sentence.textContent)";

    private DummyModel _model = null!;
    private HeadlessChromium _browser = null!;
    private CliRun _run = null!;

    [OneTimeSetUp]
    public void Open()
    {
        _browser = HeadlessChromium.Start();
        _model = new DummyModel();
        _run = Run();
    }

    [OneTimeTearDown]
    public void Close()
    {
        if (_browser is null) // skipped
            return;
        _browser.Dispose();
        _model.Dispose();
    }

    [Test]
    public void a_run_is_shown_without_an_error_or_a_request_and_with_the_figures_of_the_summary()
    {
        _browser.Open(_model["report.html"]);
        Assert.Multiple(() =>
        {
            Assert.That(_browser.Errors, Is.Empty);
            Assert.That(_browser.Requests.Where(url => !url.StartsWith("data:", StringComparison.Ordinal)), Has.Exactly(1).Items, "the page itself");
            AssertAreLinesOf(_run.Error, _browser.Evaluate<string[][]>(Rows), atLeast: 12);
            Assert.That(_browser.Evaluate<string[]>(Sentences), Is.EqualTo(_run.Error.TrimEnd().Split('\n')[^1..]));
            Assert.That(_browser.Evaluate<int>("document.querySelectorAll('#requests tbody tr').length"), Is.EqualTo(12));
            Assert.That(_browser.Evaluate<string>("document.querySelector('#requests tbody td').textContent"), Is.EqualTo("request-0"));
            Assert.That(_browser.Evaluate<int>("document.querySelectorAll('#kv-charts svg').length"), Is.EqualTo(2), "this run and the naive one");
        });
    }

    [Test]
    public void the_slider_shows_other_blocks_at_other_steps_by_the_keyboard_too()
    {
        _browser.Open(_model["report.html"]);
        int end = _browser.Evaluate<int>("Number(document.getElementById('position').max)");
        var pixels = new HashSet<string>();
        var labels = new List<string>();
        _browser.Run("document.getElementById('position').focus()");
        _browser.Press("Home", 36);
        for (int position = 0; position <= end; position++)
        {
            Assert.That(_browser.Evaluate<int>("Number(document.getElementById('position').value)"), Is.EqualTo(position));
            pixels.Add(_browser.Evaluate<string[]>(Pixels).Single());
            labels.Add(_browser.Evaluate<string[]>(Labels).Single());
            _browser.Press("ArrowRight", 39);
        }

        Assert.Multiple(() =>
        {
            Assert.That(labels[0], Does.StartWith("Map of blocks, step 1 of "));
            Assert.That(labels[^1], Does.StartWith("Map of blocks, done: 0 owned, 0 of them shared"));
            Assert.That(labels, Has.Some.Matches("[1-9][0-9]* of them shared"));
            Assert.That(pixels, Has.Count.GreaterThan(end * 3 / 4), $"pictures at {end + 1} steps");
            Assert.That(_browser.Errors, Is.Empty);
        });
    }

    [Test]
    public void a_chosen_request_stands_out_and_columns_sort()
    {
        const string Names = "[...document.querySelectorAll('#requests tbody tr')].map(row => row.cells[0].textContent)";
        _browser.Open(_model["report.html"]);
        string[] before = _browser.Evaluate<string[]>(Pixels);
        _browser.Run("document.querySelector('#requests tbody tr').click()");
        Assert.That(_browser.Evaluate<string[]>(Pixels), Is.Not.EqualTo(before), "the others are dimmed");
        _browser.Run("document.querySelector('#requests tbody tr').click()");
        Assert.That(_browser.Evaluate<string[]>(Pixels), Is.EqualTo(before));
        string[] names = _browser.Evaluate<string[]>(Names);
        _browser.Run("document.querySelector('#requests thead button').click()");
        Assert.That(_browser.Evaluate<string[]>(Names), Is.EqualTo(names.Reverse()));
    }

    [Test]
    public void play_goes_through_the_steps_by_itself_and_stops_at_the_end()
    {
        _browser.Open(_model["report.html"]);
        _browser.Run("document.getElementById('position').value = document.getElementById('position').max - 3");
        bool ended = _browser.Evaluate<bool>(
            """
            new Promise(resolve => {
              const button = document.getElementById("play"), slider = document.getElementById("position");
              button.click();
              const timer = setInterval(() => {
                if (button.getAttribute("aria-pressed") === "true") return;
                clearInterval(timer);
                resolve(slider.value === slider.max);
              }, 50);
            })
            """);
        Assert.That(ended, Is.True);
    }

    [Test]
    public void the_page_reads_the_state_of_every_block_forwards_and_backwards()
    {
        var shown = new long[RecordedScheduler.Blocks];
        var changes = new List<CellChange[]>();
        var states = new List<long[]>();
        foreach ((CellChange[] ofStep, _) in new RecordedScheduler(PreemptionMode.Recompute).Steps())
        {
            foreach (CellChange change in ofStep)
                shown[change.Cell] = change.State;
            changes.Add(ofStep);
            states.Add([.. shown]);
        }

        _browser.Open(_model["report.html"]);
        _browser.Run(
            $$"""
            globalThis.steps = new Array({{states.Count - 1}}).fill(0).map((_, i) => i + 1);
            globalThis.cells = new CellHistory({ changes: "{{DeltaCode.OfChanges(changes)}}", frames: { step: steps } }, {{shown.Length}});
            globalThis.at = frame => { cells.goTo(frame); return [...cells.state]; }
            """);
        Assert.That(states, Has.Count.GreaterThan(128), "more than two key frames");
        Assert.That(_browser.Evaluate<long[][]>("[0, ...steps].map(at)"), Is.EqualTo(states));
        Assert.That(_browser.Evaluate<long[][]>("[0, ...steps].reverse().map(at).reverse()"), Is.EqualTo(states));
    }

    [Test]
    public void one_slider_moves_the_maps_of_both_caches()
    {
        string prompts = _model.WritePrompts([.. Enumerable.Range(0, 10).Select(index => $"{index}: prompt")]);
        CliRun run = CliRun.On(
            _model, "compare", "-i", prompts, "--naive-seqs", "2", "--max-tokens", "9", "--ignore-eos", "--block-size", "4",
            "--report", _model["compare.html"]);
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        _browser.Open(_model["compare.html"]);
        _browser.Run("document.getElementById('position').focus()");
        _browser.Press("Home", 36);
        string[] begin = _browser.Evaluate<string[]>(Pixels);
        _browser.Press("End", 35);
        string[] end = _browser.Evaluate<string[]>(Pixels);
        Assert.Multiple(() =>
        {
            Assert.That(begin, Has.Length.EqualTo(2));
            Assert.That(end[0], Is.Not.EqualTo(begin[0]));
            Assert.That(end[1], Is.Not.EqualTo(begin[1]));
            Assert.That(_browser.Evaluate<string[]>(Labels), Has.All.Contains("done: 0 owned"));
            AssertAreLinesOf(run.Output, _browser.Evaluate<string[][]>(Rows), atLeast: 12);
            Assert.That(_browser.Evaluate<string[]>(Sentences), Is.SubsetOf(run.Output.Split('\n')));
            Assert.That(_browser.Errors, Is.Empty);
        });
    }

    [TestCase("light")]
    [TestCase("dark")]
    public void letters_stand_out_from_the_paper_in_both_schemes(string scheme)
    {
        _browser.Prefer(scheme);
        _browser.Open(_model["report.html"]);
        double[] luminances = _browser.Evaluate<double[]>(
            """
            ["--paper", "--ink", "--soft"].map(name => {
              const [, ...channels] = getComputedStyle(document.documentElement).getPropertyValue(name).trim().match(/#(..)(..)(..)/);
              const [r, g, b] = channels.map(hex => parseInt(hex, 16) / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
              return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            })
            """);
        double Contrast(double a, double b) => (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05); // WCAG 2.2, 1.4.3
        Assert.That(luminances[0], scheme == "dark" ? Is.LessThan(0.1) : Is.GreaterThan(0.8), "the paper");
        Assert.That(Contrast(luminances[0], luminances[1]), Is.GreaterThan(7), "what is read first");
        Assert.That(Contrast(luminances[0], luminances[2]), Is.GreaterThan(4.5), "what is read second");
    }

    /// <summary>Twelve requests, some of which begin alike, in a pool too small for them.</summary>
    private CliRun Run()
    {
        string prompts = _model.WritePrompts([.. Enumerable.Range(0, 12).Select(index => $"{(index % 2 == 0 ? "even" : "odd")} number {index}")]);
        CliRun run = CliRun.On(
            _model, ["run", "-i", prompts, "-o", _model["answers.jsonl"], "--max-tokens", "14", "--ignore-eos", "--block-size", "4",
                "--num-blocks", "40", "--report", _model["report.html"]]);
        Assert.That(run.ExitCode, Is.EqualTo(CommandLine.Success), run.Error);
        return run;
    }

    /// <summary>Each row's cells are the words of a printed line, in their order.</summary>
    private static void AssertAreLinesOf(string printed, string[][] rows, int atLeast)
    {
        string[] lines = [.. printed.Split('\n').Select(Words)];
        Assert.That(rows, Has.Length.AtLeast(atLeast));
        foreach (string[] row in rows)
            Assert.That(lines, Does.Contain(Words(string.Join(' ', row))));
    }

    private static string Words(string line) => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
