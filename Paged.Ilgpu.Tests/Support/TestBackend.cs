namespace Paged.Ilgpu.Tests.Support;

/// <summary>
/// A backend with a group size, as a parameter of fixtures: the CPU accelerator is always there; OpenCL and CUDA run where this machine has
/// a device, and are skipped, saying so, elsewhere.
/// </summary>
public sealed record TestBackend(string Name, int GroupSize)
{
    /// <summary>Opens the device or skips the test.</summary>
    public TestDevice Open() => TestDevice.Open(Name, GroupSize);

    public override string ToString() => $"{Name}, groups of {GroupSize}";
}

/// <summary>The backends that fixtures run on.</summary>
internal static class TestBackends
{
    /// <summary>For tests of the model and the engine.</summary>
    public static IEnumerable<TestBackend> OfEngine => [new("cpu", 1), new("opencl", 32), new("cuda", 128)];

    /// <summary>
    /// For tests of kernels: beside those of the engine groups of 16 on the CPU accelerator, where every barrier is exercised; a barrier
    /// costs so much there that whole models would take minutes.
    /// </summary>
    public static IEnumerable<TestBackend> OfKernels => [.. OfEngine, new("cpu", 16)];
}
