using Spectre.Console;

namespace Paged.Ilgpu.Cli.Report;

/// <summary>What is drawn rather than written: in colour on a terminal, plain elsewhere.</summary>
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
}
