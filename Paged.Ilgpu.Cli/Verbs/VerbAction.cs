using System.CommandLine;
using ILGPU.Runtime;
using Paged.Ilgpu.Cli.Running;

namespace Paged.Ilgpu.Cli.Verbs;

/// <summary>What all verbs have in common: how they end where something is not as it must be.</summary>
internal static class VerbAction
{
    /// <summary>Shows where an error came from.</summary>
    public static Option<bool> Verbose { get; } = new("--verbose")
    {
        Description = "Show the stack trace of an error, and the log of a kernel that could not be built.",
        Recursive = true,
    };

    /// <summary>Lets a command do something; a <see cref="PagedException"/> ends it with its sentence alone.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="act">What it does: from its options to the exit code.</param>
    public static void SetVerb(this Command command, Func<ParseResult, int> act) => command.SetAction(options =>
    {
        using var buildLog = new BuildLog();
        try
        {
            return act(options);
        }
        catch (PagedException fault)
        {
            return Fail(options, fault, buildLog);
        }
        catch (AcceleratorException fault)
        {
            return Fail(options, DeviceFault.Explain(fault), buildLog);
        }
        catch (IOException fault)
        {
            // Standard output into a full disk, a cable pulled out: the system's message names the file where there is one.
            return Fail(options, new PagedException($"What is read or written here can go no further: {fault.Message}", fault), buildLog);
        }
    });

    private static int Fail(ParseResult options, PagedException fault, BuildLog buildLog)
    {
        TextWriter error = options.InvocationConfiguration.Error;
        bool isVerbose = options.GetValue(Verbose);
        error.WriteLine(isVerbose ? fault.ToString() : fault.Message);
        if (isVerbose && buildLog.Text.Length > 0)
            error.WriteLine(buildLog.Text);
        return CommandLine.Failure;
    }
}
