using ILGPU.Runtime.Cuda;
using Paged.Ilgpu.Engine;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Engine;

public sealed class DeviceSelectorTests
{
    [TestCase("gpu")]
    [TestCase("cpu:")]
    [TestCase("cpu:x")]
    [TestCase("cpu:-1")]
    [TestCase("cuda:0:1")]
    [TestCase("")]
    public void A_name_that_is_none_is_refused(string name)
    {
        using var selector = new DeviceSelector();
        Refusal.Of(() => selector.Find(name), "must be auto, cuda, opencl or cpu");
    }

    [Test]
    public void A_device_that_is_not_there_is_refused_with_those_that_are()
    {
        using var selector = new DeviceSelector();
        Refusal.Of(() => selector.Find("cpu:7"), "cpu:0");
    }

    [Test]
    public void A_card_whose_driver_is_too_old_is_told_what_it_needs()
    {
        string? reason = DeviceSelector.WhyUnusable(CudaArchitecture.SM_80, instructionSet: null, CudaDriverVersion.FromMajorMinor(10, 2));
        Assert.That(reason, Does.Contain("CUDA 10.2").And.Contain("sm_80").And.Contain("11.0 or newer"));
    }

    [Test]
    public void A_card_that_ilgpu_has_code_for_is_taken() => Assert.That(
        DeviceSelector.WhyUnusable(CudaArchitecture.SM_90, CudaInstructionSet.ISA_80, CudaDriverVersion.FromMajorMinor(12, 4)), Is.Null);

    [Test]
    public void Where_there_is_no_cuda_device_it_is_said_why()
    {
        using var selector = new DeviceSelector();
        if (selector.Devices.Any(device => DeviceSelector.KindOf(device) == DeviceKind.Cuda))
            Assert.Ignore("this machine has a CUDA device");
        Refusal.Of(() => selector.Find("cuda"), "driver");
    }

    [Test]
    public void The_cpu_is_always_there_and_auto_takes_the_first_of_all()
    {
        using var selector = new DeviceSelector();
        Assert.That(selector.NameOf(selector.Find("cpu")), Is.EqualTo("cpu:0"));
        Assert.That(selector.Find("auto"), Is.SameAs(selector.Devices[0]));
    }
}
