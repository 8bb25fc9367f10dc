using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels;

/// <summary>A fixture of kernel tests on one backend.</summary>
public abstract class KernelFixture(TestBackend backend)
{
    /// <summary>Groups of several items on the CPU accelerator take about a millisecond for each barrier: tests there must be tiny.</summary>
    protected bool BarriersAreDear => backend is { Name: "cpu", GroupSize: > 1 } or { Name: TestBackend.Warps };

    private protected KernelDevice Device => KernelDevices.Open(backend);

    [OneTimeSetUp]
    public void OpenDevice() => KernelDevices.Open(backend);

    [TearDown]
    public void FreeBuffers() => Device.FreeBuffers();
}

/// <summary>The devices that the fixtures of kernels share, so that each kernel is compiled once: it is what takes most of the time.</summary>
[SetUpFixture]
public sealed class KernelDevices
{
    private static readonly Dictionary<TestBackend, KernelDevice> Opened = [];

    [OneTimeTearDown]
    public void Close()
    {
        foreach (KernelDevice device in Opened.Values)
            device.Dispose();
        Opened.Clear();
    }

    /// <summary>The device of a backend, opened when it is first asked for; skips the test where there is none.</summary>
    internal static KernelDevice Open(TestBackend backend)
    {
        if (!Opened.TryGetValue(backend, out KernelDevice? device))
            Opened[backend] = device = new KernelDevice(backend.Open());
        return device;
    }
}
