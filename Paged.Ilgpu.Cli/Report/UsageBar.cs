using Spectre.Console;
using Spectre.Console.Rendering;

namespace Paged.Ilgpu.Cli.Report;

/// <summary>A pool of KV slots as a bar: with a token, wasted, free.</summary>
internal static class UsageBar
{
    private const int Width = 60;

    /// <summary>What the bar's cells mean.</summary>
    public static IRenderable Legend { get; } = new Markup("[green]█[/] holds a token   [red]▒[/] wasted   [grey]·[/] free");

    /// <summary>The bar of average figures.</summary>
    public static IRenderable Of(SlotFigures figures)
    {
        // The ends are rounded, not the lengths, so that the lengths add up.
        int stored = Cells(figures.StoredShareOfPool);
        int owned = Math.Max(stored, Cells(figures.StoredShareOfPool + figures.WastedShareOfPool));
        return new Markup($"[green]{new string('█', stored)}[/][red]{new string('▒', owned - stored)}[/][grey]{new string('·', Width - owned)}[/]");
    }

    private static int Cells(double share) => (int)Math.Round(Math.Clamp(share, 0, 1) * Width);
}
