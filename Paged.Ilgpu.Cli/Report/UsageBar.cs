namespace Paged.Ilgpu.Cli.Report;

/// <summary>A pool of KV slots as a bar of cells: those with a token, wasted ones, free ones.</summary>
internal static class UsageBar
{
    /// <summary>What the cells mean, as Spectre's markup.</summary>
    public const string Legend = "[green]█[/] holds a token   [red]▒[/] wasted   [grey]·[/] free";

    private const int Width = 60;

    /// <summary>The bar, as Spectre's markup.</summary>
    public static string Of(SlotFigures figures)
    {
        // The ends are rounded, not the lengths, so that the lengths add up.
        int stored = Cells(figures.StoredShareOfPool);
        int owned = Cells(figures.StoredShareOfPool + figures.WastedShareOfPool);
        return $"[green]{new string('█', stored)}[/]"
            + $"[red]{new string('▒', owned - stored)}[/]"
            + $"[grey]{new string('·', Width - owned)}[/]";
    }

    private static int Cells(double share) => (int)Math.Round(share * Width);
}
