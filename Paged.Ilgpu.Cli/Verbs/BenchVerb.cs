using System.CommandLine;
using Paged.Ilgpu.Cli.Bench;
using Paged.Ilgpu.Cli.Bench.Kernels;

namespace Paged.Ilgpu.Cli.Verbs;

/// <summary><c>paged bench</c>: figures; the last line of each benchmark is JSON.</summary>
internal static class BenchVerb
{
    public static Command Build() => new("bench", "Measure; the last line is JSON.")
    {
        ThroughputVerb.Build(),
        CacheVerb.Build(),
        AccuracyVerb.Build(),
        QuantizationVerb.Build(),
        KernelsVerb.Build(),
    };
}
