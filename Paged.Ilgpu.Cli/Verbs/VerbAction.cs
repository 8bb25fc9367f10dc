using System.CommandLine;

namespace Paged.Ilgpu.Cli.Verbs;

/// <summary>What all verbs have in common: how they end where something is not as it must be.</summary>
internal static class VerbAction
{
    /// <summary>Shows where an error came from.</summary>
    public static Option<bool> Verbose { get; } = new("--verbose")
    {
        Description = "Show the stack trace of an error.",
        Recursive = true,
    };

    /// <summary>Lets a command do something; a <see cref="PagedException"/> ends it with its sentence alone.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="act">What it does: from its options to the exit code.</param>
    public static void SetVerb(this Command command, Func<ParseResult, int> act) => command.SetAction(options =>
    {
        try
        {
            return act(options);
        }
        catch (PagedException fault)
        {
            TextWriter error = options.InvocationConfiguration.Error;
            error.WriteLine(options.GetValue(Verbose) ? fault.ToString() : fault.Message);
            return CommandLine.Failure;
        }
    });
}
