using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Kernels;

/// <summary>A fixture whose tests share one device, so that each kernel is compiled once.</summary>
public abstract class KernelFixture(TestBackend backend)
{
    private KernelDevice? _device;

    /// <summary>Groups of several items on the CPU accelerator take about a millisecond for each barrier: tests there must be tiny.</summary>
    protected bool BarriersAreDear => backend is { Name: "cpu", GroupSize: > 1 };

    private protected KernelDevice Device => _device!;

    [OneTimeSetUp]
    public void OpenDevice() => _device = new KernelDevice(backend.Open());

    [TearDown]
    public void FreeBuffers() => _device?.FreeBuffers();

    [OneTimeTearDown]
    public void CloseDevice() => _device?.Dispose();
}
