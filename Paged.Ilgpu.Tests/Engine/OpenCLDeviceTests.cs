using ILGPU.Backends.OpenCL;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Model;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Engine;

public sealed class OpenCLDeviceTests
{
    [Test]
    public void A_device_without_what_kernels_need_is_refused_with_the_reason()
    {
        Assert.That(DeviceSelector.WhyUnusable(CLCVersion.CL12, hasGenericAddressSpace: true), Does.Contain("2.0 or newer"));
        Assert.That(DeviceSelector.WhyUnusable(CLCVersion.CL30, hasGenericAddressSpace: false), Does.Contain("generic address space"));
        Assert.That(DeviceSelector.WhyUnusable(CLCVersion.CL30, hasGenericAddressSpace: true), Is.Null);
    }

    [Test]
    public void A_device_that_is_not_there_is_refused_with_what_would_bring_it()
    {
        using var selector = new DeviceSelector();
        string expected = OpenCLLibrary.IsPresent ? "OpenCL library is there" : "no OpenCL library (libOpenCL.so.1)";
        if (selector.UnusableDevices.Count > 0)
            expected = selector.UnusableDevices[0].Reason;
        Refusal.Of(() => selector.Find("opencl:99"), expected);
    }

    [Test]
    public void Auto_prefers_cuda_then_opencl_gpus_then_opencl_cpus_then_the_cpu_accelerator()
    {
        using var selector = new DeviceSelector();
        Assert.That(selector.Devices.Select(DeviceSelector.KindOf), Is.Ordered);
        Assert.That(
            Enum.GetValues<DeviceKind>(),
            Is.EqualTo(new[] { DeviceKind.Cuda, DeviceKind.OpenCLGpu, DeviceKind.OpenCLCpu, DeviceKind.Cpu }));
    }

    [Test]
    public void A_library_that_is_not_there_is_not_loaded() => Assert.That(OpenCLLibrary.Load("no-such-library-a", "no-such-library-b"), Is.EqualTo(nint.Zero));

    [Test]
    [Category("opencl")]
    public void A_buffer_larger_than_the_device_gives_is_refused_with_the_arithmetic()
    {
        using TestDevice device = new TestBackend("opencl", 1).Open();
        long largest = DeviceLimits.LargestAllocation(device.Accelerator.Device);
        Assert.That(largest, Is.GreaterThan(0));
        DeviceLimits.CheckAllocation(device.Accelerator, largest, "A buffer", "a smaller one");
        Refusal.Of(() => DeviceLimits.CheckAllocation(device.Accelerator, largest + 1, "A buffer", "a smaller one"), $"{largest + 1:N0}");
    }
}
