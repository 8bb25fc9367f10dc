using System.CommandLine.Parsing;
using Paged.Ilgpu.Cli;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Repository;

/// <summary>The commands that README.md shows.</summary>
internal sealed class ReadmeTests
{
    private const string Project = "dotnet run --project Paged.Ilgpu.Cli";

    [Test]
    public void every_command_shown_is_one_that_the_program_understands()
    {
        string[] shown = [.. CommandsIn(File.ReadAllText(Path.Combine(RepositoryFiles.Root, "README.md")))];
        Assert.That(shown, Is.Not.Empty);
        string[] wrong =
        [.. from command in shown
            from fault in CommandLine.Parse([.. CommandLineParser.SplitCommandLine(command)]).Errors
            select $"paged {command}: {fault.Message}"];
        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void commands_are_found_in_code_blocks_only()
    {
        string[] lines =
        [
            "paged run in a sentence",
            "```sh",
            "$ paged run -i a.json \\",
            "    -n 3 > out.txt",
            "paged  a line of output",
            "$ " + Project + " -c Release -- devices  # a list",
            "$ dotnet test",
            "```",
            "paged compare",
        ];
        Assert.That(CommandsIn(string.Join('\n', lines)), Is.EqualTo(new[] { "run -i a.json -n 3", "devices" }));
    }

    /// <summary>What comes after the program's name, on each line of a code block that begins with a shell's prompt and it.</summary>
    private static IEnumerable<string> CommandsIn(string markdown)
    {
        bool isCode = false;
        foreach (string line in markdown.Replace("\\\n", " ").Split('\n').Select(line => line.Trim()))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
                isCode = !isCode;
            if (!isCode || !line.StartsWith("$ ", StringComparison.Ordinal))
                continue;
            string command = line[2..];
            if (command.StartsWith(Project, StringComparison.Ordinal) && command.Split(" -- ", 2) is [_, var arguments])
                yield return WithoutShell(arguments);
            else if (command.StartsWith("paged ", StringComparison.Ordinal))
                yield return WithoutShell(command["paged ".Length..]);
        }
    }

    /// <summary>Cuts off what is the shell's: where output goes, and comments.</summary>
    private static string WithoutShell(string arguments)
    {
        int end = new[] { " > ", " 2> ", " | ", " # ", " && " }
            .Select(mark => arguments.IndexOf(mark, StringComparison.Ordinal))
            .Where(at => at >= 0)
            .DefaultIfEmpty(arguments.Length)
            .Min();
        return string.Join(' ', arguments[..end].Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }
}
