using System.CommandLine;
using System.Diagnostics;
using ILGPU.Runtime.OpenCL;
using Paged.Ilgpu.Cli;
using Paged.Ilgpu.Cli.Verbs;

namespace Paged.Ilgpu.Tests.Cli.Running;

/// <summary>Faults of devices, simulated: one sentence and exit code 1.</summary>
internal sealed class DeviceFaultTests
{
    [Test]
    public void a_kernel_that_cannot_be_built_is_one_sentence_and_its_log_is_shown_on_request()
    {
        (int quietExit, string quiet) = Run(BuildFailure);
        Assert.That(quietExit, Is.EqualTo(CommandLine.Failure));
        Assert.That(quiet, Does.Contain("could not build a kernel").And.Contain("--verbose").And.Not.Contain("undeclared identifier"));
        Assert.That(quiet.TrimEnd().Split('\n'), Has.Length.EqualTo(1));

        (int exit, string verbose) = Run(BuildFailure, "--verbose");
        Assert.That(exit, Is.EqualTo(CommandLine.Failure));
        Assert.That(verbose, Does.Contain("could not build a kernel").And.Contain("undeclared identifier"));
    }

    [TestCase(CLError.CL_MEM_OBJECT_ALLOCATION_FAILURE)]
    [TestCase(CLError.CL_OUT_OF_RESOURCES)]
    [TestCase(CLError.CL_OUT_OF_HOST_MEMORY)]
    public void too_little_memory_names_the_options_that_need_less(CLError error)
    {
        (int exit, string text) = Run(() => throw new CLException(error));
        Assert.That(exit, Is.EqualTo(CommandLine.Failure));
        Assert.That(text, Does.Contain("too little memory").And.Contain("--kv-cache-memory").And.Contain("--dtype"));
    }

    [Test]
    public void any_other_fault_names_itself() => Assert.That(
        Run(() => throw new CLException(CLError.CL_DEVICE_NOT_AVAILABLE)).Error, Does.Contain("CL_DEVICE_NOT_AVAILABLE").And.Contain("--device"));

    private static int BuildFailure()
    {
        Trace.WriteLine("Kernel loading failed:");
        Trace.WriteLine("line 7: undeclared identifier");
        throw new CLException(CLError.CL_BUILD_PROGRAM_FAILURE);
    }

    private static (int ExitCode, string Error) Run(Func<int> act, params string[] arguments)
    {
        var command = new RootCommand { VerbAction.Verbose };
        command.SetVerb(_ => act());
        using var error = new StringWriter { NewLine = "\n" };
        int exitCode = command.Parse(arguments).Invoke(new InvocationConfiguration { Error = error });
        return (exitCode, error.ToString());
    }
}
