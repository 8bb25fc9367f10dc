using Paged.Ilgpu.Cli;

namespace Paged.Ilgpu.Tests.Cli.Support;

/// <summary>The program, run within the test.</summary>
/// <param name="ExitCode">What it returned.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Error">What it wrote to standard error.</param>
internal sealed record CliRun(int ExitCode, string Output, string Error)
{
    public static CliRun Of(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        int exitCode = CommandLine.Run(arguments, output, error);
        return new CliRun(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>The same, on a small random model.</summary>
    public static CliRun On(DummyModel model, params string[] arguments) =>
        Of([.. arguments, "--model", model.Path, "--load-format", "dummy", "--device", "cpu"]);
}
