namespace Paged.Ilgpu.Kernels.Cuda;

internal static class Experiment
{
    public static readonly int CachedWeights = Read("PAGED_CACHED_WEIGHTS");
    public static readonly int CachedInputs = Read("PAGED_CACHED_INPUTS");
    public static readonly bool Pairs = Read("PAGED_PAIRS") != 0;

    public static readonly bool LargeRoom = Read("PAGED_LARGE_ROOM") != 0;

    public static readonly bool ReadsAhead = Read("PAGED_READS_AHEAD") != 0;

    private static int Read(string name) => int.Parse(Environment.GetEnvironmentVariable(name) ?? "0", System.Globalization.CultureInfo.InvariantCulture);
}
