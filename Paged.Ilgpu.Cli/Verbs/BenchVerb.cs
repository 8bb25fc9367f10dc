using System.CommandLine;
using Paged.Ilgpu.Cli.Bench;

namespace Paged.Ilgpu.Cli.Verbs;

/// <summary><c>paged bench</c>: figures; the last line of each benchmark is JSON.</summary>
internal static class BenchVerb
{
    public static Command Build() => new("bench", "Measure; the last line is JSON.")
    {
        ThroughputVerb.Build(),
        KernelsVerb.Build(),
        CacheVerb.Build(),
        AccuracyVerb.Build(),
    };
}
