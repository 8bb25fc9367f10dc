using Spectre.Console;
using Spectre.Console.Rendering;

namespace Paged.Ilgpu.Cli.Report;

/// <summary>Where reports are drawn: in colour on a terminal, as plain text elsewhere.</summary>
internal static class ReportConsole
{
    private const int PlainWidth = 110;

    public static IAnsiConsole For(TextWriter writer)
    {
        var output = new AnsiConsoleOutput(writer);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = output });
        if (!output.IsTerminal)
            console.Profile.Width = PlainWidth;
        return console;
    }

    /// <summary>Whether a person looks at it as it is written.</summary>
    public static bool IsTerminal(TextWriter writer) => new AnsiConsoleOutput(writer).IsTerminal;

    /// <summary>A table without lines; columns after the first hold numbers.</summary>
    public static Table NumberTable(params string[] headings)
    {
        Table table = new Table().NoBorder();
        foreach (string heading in headings)
        {
            var column = new TableColumn(new Text(heading)) { Alignment = table.Columns.Count == 0 ? Justify.Left : Justify.Right, NoWrap = true };
            column.Padding = new Padding(table.Columns.Count == 0 ? 1 : 3, 0, 0, 0);
            table.AddColumn(column);
        }

        return table;
    }

    public static void Row(this Table table, params string[] cells) => table.AddRow(cells.Select(IRenderable (cell) => new Text(cell)));
}
