namespace Paged.Ilgpu.Cli.Report;

/// <summary>A pool of KV slots as a bar of cells: those with a token, wasted ones, free ones.</summary>
internal static class UsageBar
{
    /// <summary>What the cells mean, as Spectre's markup.</summary>
    public const string Legend = "[green]█[/] holds a token   [red]▒[/] wasted   [grey]·[/] free";

    private const int Width = 60;

    /// <summary>The bar, as Spectre's markup.</summary>
    public static string Of(SlotFigures figures) => Of(figures.StoredShareOfPool, figures.WastedShareOfPool, Width);

    /// <summary>A bar of some width, as Spectre's markup.</summary>
    /// <param name="storedShare">Share of the pool's slots that hold a token, 0 to 1.</param>
    /// <param name="wastedShare">Share of those that are owned without one.</param>
    /// <param name="width">Its cells.</param>
    public static string Of(double storedShare, double wastedShare, int width)
    {
        // The ends are rounded, not the lengths, so that the lengths add up.
        int stored = (int)Math.Round(storedShare * width);
        int owned = (int)Math.Round((storedShare + wastedShare) * width);
        return $"[green]{new string('█', stored)}[/]"
            + $"[red]{new string('▒', owned - stored)}[/]"
            + $"[grey]{new string('·', width - owned)}[/]";
    }
}
