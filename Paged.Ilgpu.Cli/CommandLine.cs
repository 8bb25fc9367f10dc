using System.CommandLine;
using Paged.Ilgpu.Cli.Verbs;

namespace Paged.Ilgpu.Cli;

/// <summary>The program's command line: verbs, options, exit codes.</summary>
internal static class CommandLine
{
    /// <summary>Every request has an answer or an error line.</summary>
    public const int Success = 0;

    /// <summary>The run failed.</summary>
    public const int Failure = 1;

    /// <summary>The command line was wrong; nothing was begun.</summary>
    public const int UsageError = 2;

    /// <summary>Ctrl-C ended the run: 128 and the signal's number, as shells have it.</summary>
    public const int Interrupted = 130;

    // A prompt may begin with @, which would otherwise be taken for the name of a file of arguments.
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null };

    /// <summary>All verbs with their options.</summary>
    public static RootCommand Build()
    {
        var root = new RootCommand("Answers files of prompts with a Llama model and a paged KV cache, on CUDA, OpenCL or the CPU.")
        {
            HelpName = "paged", // whatever runs it: dotnet, a tool's shim, the tests
        };
        root.Add(VerbAction.Verbose);
        root.Add(RunVerb.Build());
        root.Add(CompareVerb.Build());
        root.Add(PlanVerb.Build());
        root.Add(BenchVerb.Build());
        root.Add(InspectVerb.Build());
        root.Add(TokenizeVerb.Build());
        root.Add(DevicesVerb.Build());
        return root;
    }

    /// <summary>Reads a command line without doing anything.</summary>
    public static ParseResult Parse(IReadOnlyList<string> arguments) => Build().Parse(arguments, Parsing);

    /// <summary>Does what a command line says.</summary>
    /// <param name="arguments">The command line, without the program's name.</param>
    /// <param name="output">Where answers go.</param>
    /// <param name="error">Where progress, summaries and errors go.</param>
    /// <returns>The program's exit code.</returns>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        ParseResult commandLine = Parse(arguments);
        if (commandLine.Errors.Count == 0)
            return commandLine.Invoke(new InvocationConfiguration { Output = output, Error = error });

        foreach (string message in commandLine.Errors.Select(fault => fault.Message).Distinct())
            error.WriteLine(message);
        error.WriteLine($"See {PathOf(commandLine.CommandResult)} --help.");
        return UsageError;
    }

    private static string PathOf(System.CommandLine.Parsing.CommandResult command) =>
        command.Parent is System.CommandLine.Parsing.CommandResult parent ? $"{PathOf(parent)} {command.Command.Name}" : "paged";
}
