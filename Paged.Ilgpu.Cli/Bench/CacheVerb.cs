using System.CommandLine;
using Paged.Ilgpu.Cli.Verbs;

namespace Paged.Ilgpu.Cli.Bench;

/// <summary><c>paged bench cache</c>: what cache and scheduler cost, without a device.</summary>
internal static class CacheVerb
{
    public static Command Build()
    {
        var command = new Command(
            "cache",
            "Measure block tables, prefix look-up and scheduler at 64 to 65,536 sequences, beside the reference implementation's method; "
                + "needs no device and takes under a minute.");
        command.SetVerb(options =>
        {
            CacheBenchReport.Run(options.InvocationConfiguration.Output);
            return CommandLine.Success;
        });
        return command;
    }
}
